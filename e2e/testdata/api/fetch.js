// Functions for the tests of the library's fetch.

// post is a request in the way of the providers.
globalThis.post = (init = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ stream: true, messages: [] }),
  ...init,
});

// look gives all that a page can see of a response, its body included.
globalThis.look = async (promise) => {
  globalThis.begun = false; // whether some of the body was read
  const seen = { status: 0, type: "", url: "", header: "", redirected: false, real: false, text: "", error: null, refused: false };
  let response;
  try {
    response = await promise;
  } catch (error) {
    return { ...seen, refused: true, error: describe(error) };
  }
  Object.assign(seen, {
    status: response.status, type: response.type, url: response.url, redirected: response.redirected,
    header: response.headers.get("content-type") ?? "", real: response instanceof Response,
  });
  const decoder = new TextDecoder();
  try {
    for (const reader = response.body?.getReader(); reader; ) {
      const { done, value } = await reader.read();
      if (done) break;
      globalThis.begun = true;
      seen.text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    seen.error = describe(error);
  }
  // Of a long text its length and a sum of it are enough to compare.
  if (seen.text.length > 20_000) seen.text = `${seen.text.length} ${[...seen.text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) >>> 0, 0)}`;
  return seen;
};

// relay sends a request through the library and looks at what comes of it. Each
// wait is cut short.
globalThis.relay = async (url, options = {}, init = {}) => {
  const retries = [];
  const send = retrystream.createRetryFetch({
    ...options,
    onRetry: (retry) => {
      retries.push(retry.kind);
      send.retryNow();
    },
  });
  return { ...(await look(send(url, post(init)))), retries };
};
