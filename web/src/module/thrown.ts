import { isObject } from "../request/check.ts";

/** The name and the message of what was thrown, and the codes and messages of what caused it: Node says why a fetch failed nowhere else. */
export function thrown(error: unknown): [name: string, message: string] {
  if (!isObject(error)) return ["", "something that is no Error was thrown"];
  const { name } = error as { readonly name?: unknown };
  return [typeof name === "string" ? name : "", reason(error, 5)];
}

/** An error's code and message, with those of its causes in parentheses, depth deep and not endlessly long. */
function reason(error: unknown, depth: number): string {
  if (!isObject(error) || !depth) return "";
  const { code, message, cause, errors } = error as { readonly [key in "code" | "message" | "cause" | "errors"]?: unknown };
  const join = (parts: unknown[], by: string): string => parts.filter((part) => part && typeof part === "string").join(by);
  const causes = join([cause, ...(Array.isArray(errors) ? (errors as unknown[]).slice(0, 4) : [])].map((one) => reason(one, depth - 1)), "; ");
  return join([code, message], ": ").slice(0, 500) + (causes && ` (${causes.slice(0, 1000)})`);
}
