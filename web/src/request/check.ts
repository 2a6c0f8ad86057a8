// How what a caller gives is checked: by tables that name each option's kind.

import { defaultHoldMs } from "../module/border.gen.ts";

/** What an option may be: one of the kinds, one of some words, or an object whose members have kinds. */
export type OptionKind = keyof typeof kinds | readonly string[];
export type Table = { readonly [name: string]: OptionKind | Table };

type Values = Record<string, unknown>;
/** What a kind is in words, what fits it, and what stands for an option that was left out. */
type Rule = readonly [form: string, fits: (value: unknown) => boolean, unset?: unknown];

const number = (fits: (n: number) => boolean) => (value: unknown) => typeof value === "number" && fits(value);

const kinds = {
  count: ["a whole number of at least 1", number((n) => n >= 1 && Math.floor(n) === n), 0],
  // 0 switches off what has a limit when left out; the module takes a negative number for that.
  limit: ["a whole number, 0 or more", number((n) => n >= 0 && Math.floor(n) === n), 0],
  milliseconds: ["a number of milliseconds greater than 0", number((n) => n > 0), 0],
  // What is more, the module takes for no limit.
  delay: ["a number of milliseconds greater than 0, at most 1e12", number((n) => n > 0 && n <= 1e12), 0],
  hold: ["a number of milliseconds, 0 or more", number((n) => n >= 0), defaultHoldMs],
  factor: ["a finite number of at least 1", number((n) => n >= 1 && n < Infinity), 0],
  function: ["a function", (value) => typeof value === "function"],
  boolean: ["true or false", (value) => typeof value === "boolean", false],
  object: ["an object", isObject],
  url: ["a string or a URL", (value) => typeof value === "string" || value instanceof URL],
  module: ["a WebAssembly.Module", (value) => value instanceof WebAssembly.Module],
} as const satisfies Record<string, Rule>;

/** Says what is wrong with what a caller gave. */
export function fail(message: string, who = "retryStream"): never {
  throw new TypeError(`${who}: ${message}`);
}

/**
 * Checks what was given to who by a table, and gives it with what stands for the rest. Members of objects stand there beside the
 * others. The names in others are not looked into.
 */
export function check(who: string, table: Table, given: unknown, others: readonly string[] = [], path = "", checked: Values = {}): Values {
  if (!isObject(given)) fail("options must be an object.", who);
  const names = [...Object.keys(table), ...others];
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const close = names.find((known) => start(known) === start(name));
    fail(`unknown option "${path}${name}".${close ? ` Did you mean "${path}${close}"?` : ""}`, who);
  }
  for (const [name, kind] of Object.entries(table)) {
    const value = (given as Values)[name];
    const [form, fits, unset]: Rule = ruleOf(kind);
    if (value !== undefined && !fits(value)) fail(`${path}${name} must be ${form}.`, who);
    if (isTable(kind)) check(who, kind, value ?? {}, [], `${path}${name}.`, checked);
    else if (kind === "limit" && value !== undefined) checked[name] = Math.min(value as number, 1e9) || -1;
    // More than can be counted is no limit, which is what a count is when left out.
    else checked[name] = kind === "count" && !Number.isSafeInteger(value) ? unset : (value ?? unset);
  }
  return checked;
}

function ruleOf(kind: OptionKind | Table): Rule {
  if (typeof kind === "string") return kinds[kind];
  return isTable(kind) ? kinds.object : [`one of "${kind.join('", "')}"`, (value) => kind.includes(value as string), ""];
}

// Array.isArray does not know a readonly array.
const isTable = (kind: OptionKind | Table): kind is Table => typeof kind === "object" && !Array.isArray(kind);

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Names that begin alike are often meant for each other: maxAttempt, onretry, silenceTimeout. */
const start = (name: string): string => name.slice(0, 5).toLowerCase();
