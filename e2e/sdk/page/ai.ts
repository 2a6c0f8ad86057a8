import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, streamText, tool as defineTool, type LanguageModel } from "ai";

import { apiKey, question, tool, type Ask, type Use } from "./ask.ts";

type Model = (ask: Ask) => LanguageModel;

const settings = ({ url, fetch }: Ask) => ({ apiKey, baseURL: `${url}/v1`, ...(fetch && { fetch }) });
const anthropic: Model = (ask) => createAnthropic(settings(ask))("claude-sonnet-4-5");
const openai: Model = (ask) => createOpenAI(settings(ask))("gpt-5");
const openaiChat: Model = (ask) => createOpenAI(settings(ask)).chat("gpt-5");

const tools = {
  [tool.name]: defineTool({ description: tool.description, inputSchema: jsonSchema<{ city: string }>(tool.schema) }),
};

const options = (model: Model, ask: Ask) => ({
  model: model(ask),
  prompt: question,
  abortSignal: ask.signal,
  ...(ask.fetch && { maxRetries: 0 }),
});

function stream(model: Model, more: { streamRetries?: number; tools?: typeof tools } = {}): Use {
  return async (ask) => {
    const timeout = ask.timeout !== undefined && { timeout: { firstChunkMs: ask.timeout, chunkMs: ask.timeout } };
    // Without onError every error is written to the console.
    const { stream: parts } = streamText({ ...options(model, ask), ...timeout, ...more, onError: () => {} });
    for await (const part of parts) {
      if (part.type === "text-delta") ask.show(part.text);
      else if (part.type === "tool-input-delta") ask.show(part.delta);
      else if (part.type === "error") throw part.error;
      else if (part.type === "abort") throw new Aborted(part.reason ?? "");
    }
  };
}

/** Stands for the part of type "abort", which is no error. */
class Aborted extends Error {
  override name = 'part "abort"';
}

function generate(model: Model): Use {
  return async (ask) => {
    const { text } = await generateText({ ...options(model, ask), ...(ask.timeout !== undefined && { timeout: ask.timeout }) });
    ask.show(text);
  };
}

export const openaiUses: Record<string, Use> = {
  "streamText": stream(openai),
  "streamText, chat": stream(openaiChat),
  "streamText, tool call": stream(openai, { tools }),
  "streamText, streamRetries: 2": stream(openai, { streamRetries: 2 }),
  "generateText": generate(openai),
};

export const anthropicUses: Record<string, Use> = {
  "streamText": stream(anthropic),
  "streamText, tool call": stream(anthropic, { tools }),
  "streamText, streamRetries: 2": stream(anthropic, { streamRetries: 2 }),
  "generateText": generate(anthropic),
};
