// Functions for the tests that call the library.

// ask starts a stream: a request in the way of the OpenAI chat API.
globalThis.ask = (url, init = {}) => retrystream.retryStream(url, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ stream: true, messages: [{ role: "user", content: "Hello" }] }),
  ...init,
});

// describe gives what a page can see of an error.
globalThis.describe = (error) => {
  const { name, message, kind, provider, statusCode, retryable, attempts, detail, retryAfterMs } = error ?? {};
  return {
    name, message, kind, provider, statusCode, retryable, attempts, detail, retryAfterMs,
    isError: error instanceof Error,
    isRetryStreamError: error instanceof retrystream.RetryStreamError,
    causeName: error?.cause?.name, causeMessage: error?.cause?.message,
    keys: error instanceof Object ? Object.keys(error).sort() : [],
    all: error instanceof Object ? [String(error), error.stack, JSON.stringify(error), String(error.cause), error.cause?.stack].join("\n") : String(error),
  };
};

// read reads a stream to its end and gives all that a page can see of it. With
// hurry each wait is cut short. each is called with every event.
globalThis.read = async (url, init = {}, { hurry = false, each = () => {} } = {}) => {
  const seen = { text: "", events: [], retries: [], statuses: [], error: null, tookMs: 0 };
  const began = performance.now();
  const stream = ask(url, {
    ...init,
    onRetry: (retry) => {
      seen.retries.push(retry);
      if (hurry) stream.retryNow();
    },
    onStatus: (status) => seen.statuses.push(status),
  });
  try {
    for await (const event of stream) {
      seen.events.push(event);
      seen.text = event.type === "reset" ? "" : seen.text + event.text;
      each(event, stream);
    }
  } catch (error) {
    seen.error = describe(error);
  }
  seen.tookMs = performance.now() - began;
  // What listeners were told last is told a moment after the end.
  await new Promise((done) => setTimeout(done));
  return seen;
};
