// Is reply.mjs beside a window that is not Node's, as of jsdom: its listeners take
// no signal of Node's, and it has no Request.
globalThis.addEventListener = (_type, _listener, options) => {
  if (options?.signal) throw new TypeError("parameter 3 has a member 'signal' that is not of type 'AbortSignal'");
};
globalThis.removeEventListener = () => {};
delete globalThis.Request;
await import("./reply.mjs");
