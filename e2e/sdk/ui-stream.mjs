// Writes the UI message streams that the package ai sends to a page, for
// core/stream's tests: a JSON object a line, {name, version, body}. Nothing in them
// depends on time or chance.
import { createUIMessageStreamResponse, jsonSchema, streamText, tool, toUIMessageStream } from "ai";
import { MockLanguageModelV4, simulateReadableStream } from "ai/test";

const usage = {
  inputTokens: { total: 12, noCache: 12, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 34, text: 30, reasoning: 4 },
};
const finish = (unified = "stop") => ({ type: "finish", finishReason: { unified, raw: unified }, usage });
const text = (id, ...deltas) => [
  { type: "text-start", id },
  ...deltas.map((delta) => ({ type: "text-delta", id, delta })),
  { type: "text-end", id },
];
const thoughts = (id, ...deltas) => [
  { type: "reasoning-start", id },
  ...deltas.map((delta) => ({ type: "reasoning-delta", id, delta })),
  { type: "reasoning-end", id },
];
const call = (id, toolName, ...deltas) => [
  { type: "tool-input-start", id, toolName },
  ...deltas.map((delta) => ({ type: "tool-input-delta", id, delta })),
  { type: "tool-input-end", id },
  { type: "tool-call", toolCallId: id, toolName, input: deltas.join("") },
];

const inputSchema = jsonSchema({ type: "object", properties: { city: { type: "string" } } });
const weather = tool({
  description: "the weather in a city",
  inputSchema,
  execute: async ({ city }) => ({ city, degrees: 21 }),
});
const failing = tool({
  description: "fails",
  inputSchema,
  execute: async () => {
    throw new Error("no such city");
  },
});

async function write(name, { replies, abortAfter, ...options }) {
  let step = 0;
  const abort = new AbortController();
  const model = new MockLanguageModelV4({
    doStream: async () => ({
      stream: simulateReadableStream({
        initialDelayInMs: null,
        chunkDelayInMs: abortAfter === undefined ? null : 1,
        chunks: [{ type: "stream-start", warnings: [] }, ...replies[step++]],
      }),
    }),
  });
  let parts = 0;
  const result = streamText({
    model,
    prompt: "Hello",
    maxRetries: 0,
    abortSignal: abort.signal,
    onError: () => {},
    onChunk: () => {
      if (++parts === abortAfter) {
        abort.abort();
      }
    },
    ...options,
  });
  const response = createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      generateMessageId: () => "message-1",
      onError: (error) => (error instanceof Error ? error.message : String(error)),
    }),
  });
  console.log(
    JSON.stringify({ name, version: response.headers.get("x-vercel-ai-ui-message-stream"), body: await response.text() }),
  );
}

const emoji = "All is well: \u{1F680}\n\"quoted\" \\ and é";
await write("text", { replies: [[...text("t1", "Hello", ", ", "world", "!\n", emoji), finish()]] });
await write("reasoning", { replies: [[...thoughts("r1", "Let me", " think."), ...text("t1", "Four", "."), finish()]] });
await write("tool", {
  replies: [[...call("c1", "weather", '{"city":', '"Oslo"}'), finish("tool-calls")], [...text("t1", "21", " degrees"), finish()]],
  tools: { weather },
  stopWhen: ({ steps }) => steps.length === 2,
});
await write("tool-error", {
  replies: [[...call("c1", "failing", '{"city":"Atlantis"}'), finish("tool-calls")], [...text("t1", "I do not know."), finish()]],
  tools: { failing },
  stopWhen: ({ steps }) => steps.length === 2,
});
await write("error", { replies: [[...text("t1", "Half a").slice(0, 2), { type: "error", error: new Error("Overloaded") }, finish("error")]] });
await write("abort", { replies: [[...text("t1", "Half", " a", " reply", " and", " more"), finish()]], abortAfter: 3 });
