// Functions for the tests that give the responses' bodies themselves, chunk by
// chunk, with no network between them and the library.

// Requests to addresses that start so are answered by serve.
const fakeOrigin = "https://reply.example/";
globalThis.chatURL = fakeOrigin + "v1/chat/completions";
// An address that tells of no provider, so that any data will do.
globalThis.eventsURL = fakeOrigin + "events";

const bodiesToServe = [];
const pageFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  if (!String(input).startsWith(fakeOrigin)) return pageFetch(input, init);
  const body = bodiesToServe.shift();
  if (!body) throw new Error("a request that no test expects");
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

// serve answers the next requests with these bodies, in this order.
globalThis.serve = (...bodies) => void bodiesToServe.splice(0, bodiesToServe.length, ...bodies);

const encoder = new TextEncoder();
globalThis.utf8 = (text) => encoder.encode(text);

// body gives its chunks, strings or bytes, when they are asked for and not
// before; an Error among them breaks the body off. pulls counts the questions,
// canceled tells that the reader has given it up.
globalThis.body = (chunks) => {
  const rest = chunks[Symbol.iterator]();
  const stream = new ReadableStream({
    pull(controller) {
      stream.pulls++;
      const { done, value } = rest.next();
      if (done) controller.close();
      else if (value instanceof Error) controller.error(value);
      else controller.enqueue(typeof value === "string" ? utf8(value) : value);
    },
    cancel() {
      stream.canceled = true;
    },
  }, { highWaterMark: 0 });
  return Object.assign(stream, { pulls: 0, canceled: false });
};

// cut cuts bytes into chunks of a size.
globalThis.cut = function* (bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
};

globalThis.fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// delta is an event of the OpenAI chat API that adds to the reply's text.
globalThis.delta = (content) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

// chatEnd is how a reply of that API ends.
globalThis.chatEnd = `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

// plainEvents reads a whole event stream in the most obvious way, by the WHATWG
// rules: all is decoded first, then come the lines.
globalThis.plainEvents = (bytes) => {
  const events = [];
  let type = "", id = "", data = [];
  for (const line of new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (data.length > 0) events.push({ type: "message", event: type || "message", data: data.join("\n"), id });
      type = "", data = [];
      continue;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
    if (name === "event") type = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
  }
  return withText(events);
};

// plainLines does so with a body of one JSON object a line.
globalThis.plainLines = (bytes) => {
  const lines = new TextDecoder().decode(bytes).split("\n").map((line) => line.trim()).filter(Boolean);
  return withText(lines.map((data) => ({ type: "message", event: "message", data, id: "" })));
};

// withText adds to each event its seq, and the text in its data.
const withText = (events) => {
  let half = "";
  for (const [i, event] of events.entries()) {
    event.seq = i + 1;
    const { choices, message } = event.data.startsWith("{") ? JSON.parse(event.data) : {};
    const text = half + (choices?.[0]?.delta?.content ?? message?.content ?? "");
    // Half a surrogate pair waits for the other half, in the next event. One
    // that stays alone is no character.
    half = /[\ud800-\udbff]$/.test(text) ? text.at(-1) : "";
    event.text = text.slice(0, text.length - half.length).toWellFormed();
  }
  return events;
};

// iterated and batched read a stream to its end, in the two ways there are.
globalThis.iterated = async (stream) => {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
};
globalThis.batched = async (stream) => {
  const batches = [];
  for await (const batch of stream.batches()) batches.push(batch);
  return batches;
};

// textOf joins the text of events or batches, from the last reset on.
globalThis.textOf = (items) => items.reduce((text, item) => (item.type === "reset" || item.reset ? "" : text) + (item.text ?? ""), "");

// differences tells in words where two lists of events differ; each event must
// have exactly the members that it should.
globalThis.differences = (got, want) => {
  const show = (event) => JSON.stringify(event, event && Object.keys(event).sort());
  const found = got.length === want.length ? [] : [`${got.length} events, not ${want.length}`];
  for (let i = 0; i < want.length && found.length < 4; i++) {
    const [g, w] = [show(got[i]) ?? "nothing", show(want[i])];
    if (g === w) continue;
    let at = 0;
    while (g[at] === w[at]) at++;
    found.push(`event ${i} from ${at} on: ${g.slice(at, at + 80)}, not ${w.slice(at, at + 80)}`);
  }
  return found;
};
