// What a Node program uses: there is no DOM, neither here nor in its types.
import { createRetryFetch, retryStream, RetryStreamError, type RetryStreamInit } from "retrystream";

const init: RetryStreamInit = { method: "POST", body: "{}", headers: { authorization: "Bearer key" }, maxAttempts: 3 };
try {
  for await (const event of retryStream("https://example.com", init)) {
    if (event.type === "message") process.stdout.write(event.text satisfies string);
  }
} catch (error) {
  if (error instanceof RetryStreamError) console.error(error.kind, error.message);
}
export const forSDKs: typeof fetch = createRetryFetch({ maxAttempts: 3 });
// @ts-expect-error: an address is a string, a URL or a Request
retryStream(1);
// @ts-expect-error: a count is a number
retryStream("https://example.com", { maxAttempts: "3" });
