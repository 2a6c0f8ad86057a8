// Functions for the tests of several tabs: a record of what a tab does, by the
// clock that all of them share.

// Each request that the library sends, with the turn it has: when the turn was
// granted (0 for none), when it was sent and when its head came, in milliseconds
// since 1970.
globalThis.sent = [];
// How many channels there are.
globalThis.channels = 0;
// All that the library leaves where others can see it.
globalThis.left = [];

let granted = 0;
let inside = false;
const plainRequest = LockManager.prototype.request;
LockManager.prototype.request = function (name, ...rest) {
  left.push(name);
  // The second lock of a turn is asked for in the first.
  if (inside) return plainRequest.call(this, name, ...rest);
  const take = rest.pop();
  return plainRequest.call(this, name, ...rest, (lock) => {
    inside = true;
    const held = take(lock);
    inside = false;
    if (held) granted = Date.now();
    return held;
  });
};

const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  if (init?.method !== "POST") return plainFetch(input, init);
  const one = { turn: granted, sent: Date.now(), head: 0 };
  granted = 0;
  sent.push(one);
  try {
    return await plainFetch(input, init);
  } finally {
    one.head = Date.now();
  }
};

globalThis.PlainChannel = BroadcastChannel;
globalThis.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name);
    channels++;
  }
  postMessage(message) {
    left.push(JSON.stringify(message));
    super.postMessage(message);
  }
  close() {
    channels--;
    super.close();
  }
};

// begin starts a stream that shares its wait, and keeps what comes of it.
globalThis.streams = [];
globalThis.begin = (url, key, options = {}) => {
  const one = { text: "", statuses: [], error: null, over: false };
  streams.push(one);
  const stream = (one.stream = ask(url, {
    shared: "origin",
    ...options,
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    onStatus: (status) => one.statuses.push(status),
  }));
  stream.text().then((text) => (one.text = text), (error) => (one.error = describe(error))).then(() => (one.over = true));
};
