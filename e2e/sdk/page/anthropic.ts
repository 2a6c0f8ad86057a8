import Anthropic from "@anthropic-ai/sdk";

import { apiKey, question, tool, type Ask, type Use } from "./ask.ts";

function client({ url, fetch, timeout }: Ask): Anthropic {
  return new Anthropic({
    apiKey,
    baseURL: url,
    dangerouslyAllowBrowser: true,
    ...(fetch && { fetch, maxRetries: 0 }),
    ...(timeout !== undefined && { timeout }),
  });
}

const request = { model: "claude-sonnet-4-5", max_tokens: 1024, messages: [{ role: "user" as const, content: question }] };

async function create(ask: Ask): Promise<void> {
  const stream = await client(ask).messages.create({ ...request, stream: true }, { signal: ask.signal });
  for await (const event of stream) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") ask.show(event.delta.text);
  }
}

async function helper(ask: Ask): Promise<string> {
  const stream = client(ask).messages.stream(request, { signal: ask.signal });
  stream.on("text", ask.show);
  return stream.finalText();
}

async function toolUse(ask: Ask): Promise<string | void> {
  const { name, description, schema } = tool;
  const stream = client(ask).messages.stream({ ...request, tools: [{ name, description, input_schema: schema }] }, { signal: ask.signal });
  stream.on("inputJson", ask.show);
  const call = (await stream.finalMessage()).content.find((block) => block.type === "tool_use");
  return call && JSON.stringify(call.input);
}

export const uses: Record<string, Use> = {
  "messages.create": create,
  "messages.stream": helper,
  "messages.stream, tool use": toolUse,
};
