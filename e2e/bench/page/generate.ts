import { build, type Reply } from "./input.ts";

// Pieces of text as models send them: mostly one word with the space before it.
const latin = (
  " the| a| of| river| stone| letter| quiet| morning| because| when| she| they| would| answer| window| small| light" +
  " between| never| bread| garden|,|.|;|:| -|\\n\\n|\\\"|ing|ed|ly| un|certain| road| seven| 1842| counting| however" +
  "| lantern| far| under| and| and| to| in| harbour| remember| silver| (|)| question| almost| table| winter| green"
).split("|");
const wide = (
  "今日|天気|は|とても|良い|です|。|，|我们|一起|去|看|大海|吧|그래서|오늘|아침|에는|조용히|🌊|🙂|👩‍🚀|🍞|的|了|在|窓|を|開ける|" +
  "と|光|が|入る|雪|山|川|花|鳥|風|月|谢谢|再见|바다|빛|🎉|\\n\\n|、|「|」|問い|答え"
).split("|");
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The alphabet of a reply: ASCII alone, or Chinese, Japanese, Korean and emoji. */
export type Script = "latin" | "wide";

/** Numbers from 0 up to, not including, n; the same ones for the same seed. */
function randomly(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

function plain(escaped: string): string {
  return JSON.parse(`"${escaped}"`) as string;
}

/** A chat completion of so many events, [DONE] included, in the shape of OpenAI's of today. */
export function openaiChat(events: number, script: Script, seed = 1): Reply {
  const random = randomly(seed);
  const words = script === "latin" ? latin : wide;
  const id = Array.from({ length: 29 }, () => letters[random(letters.length)]).join("");
  const head = `{"id":"chatcmpl-${id}","object":"chat.completion.chunk","created":1782321905,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_51b9c32e14",`;
  const padding = (): string => Array.from({ length: 2 + random(16) }, () => letters[random(letters.length)]).join("");
  const chunk = (delta: string, finish: string): string =>
    `${head}"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}],"obfuscation":"${padding()}"}`;
  const event = (data: string, text = "") => ({ wire: `data: ${data}\n\n`, data, text });
  function* all() {
    yield event(chunk('{"role":"assistant","content":"","refusal":null}', "null"));
    for (let i = 3; i < events; i++) {
      const word = words[random(words.length)]!;
      yield event(chunk(`{"content":"${word}"}`, "null"), plain(word));
    }
    yield event(chunk("{}", '"stop"'));
    yield event("[DONE]");
  }
  return build("openai-chat", "https://api.openai.com/v1/chat/completions", all());
}

/** A message of so many events in the shape of Anthropic's of today. */
export function anthropicMessage(events: number, script: Script, seed = 1): Reply {
  const random = randomly(seed);
  const words = script === "latin" ? latin : wide;
  const id = Array.from({ length: 24 }, () => letters[random(letters.length)]).join("");
  const event = (name: string, members: string, text = "") => {
    // The provider pads its objects, so that lengths tell less.
    const data = `{"type":"${name}"${members}${" ".repeat(random(14))}}`;
    return { wire: `event: ${name}\ndata: ${data}\n\n`, data, text };
  };
  function* all() {
    yield event("message_start", `,"message":{"model":"claude-sonnet-4-20250514","id":"msg_${id}","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":16,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":5}}`);
    yield event("content_block_start", ',"index":0,"content_block":{"type":"text","text":""}');
    yield event("ping", "");
    for (let i = 6; i < events; i++) {
      const word = words[random(words.length)]! + words[random(words.length)]!;
      yield event("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":"${word}"}`, plain(word));
    }
    yield event("content_block_stop", ',"index":0');
    yield event("message_delta", `,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":${events - 6}}`);
    yield event("message_stop", "");
  }
  return build("anthropic-messages", "https://api.anthropic.com/v1/messages", all());
}

/** A reply of so many events in the shape of Gemini's of today. */
export function geminiReply(events: number, script: Script, seed = 1): Reply {
  const random = randomly(seed);
  const words = script === "latin" ? latin : wide;
  const id = Array.from({ length: 23 }, () => letters[random(letters.length)]).join("");
  function* all() {
    for (let i = 1; i <= events; i++) {
      const word = words[random(words.length)]! + words[random(words.length)]!;
      const finish = i === events ? '"finishReason": "STOP",' : "";
      const data =
        `{"candidates": [{"content": {"parts": [{"text": "${word}"}],"role": "model"},${finish}"index": 0}],` +
        `"usageMetadata": {"promptTokenCount": 20,"candidatesTokenCount": ${i},"totalTokenCount": ${20 + i},"promptTokensDetails": [{"modality": "TEXT","tokenCount": 20}]},` +
        `"modelVersion": "gemini-2.5-flash","responseId": "${id}"}`;
      yield { wire: `data: ${data}\r\n\r\n`, data, text: plain(word) };
    }
  }
  return build("gemini", "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", all());
}
