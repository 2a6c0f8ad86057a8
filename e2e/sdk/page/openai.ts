import OpenAI from "openai";

import { apiKey, question, tool, type Ask, type Use } from "./ask.ts";

function client({ url, fetch, timeout }: Ask): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: `${url}/v1`,
    dangerouslyAllowBrowser: true,
    ...(fetch && { fetch, maxRetries: 0 }),
    ...(timeout !== undefined && { timeout }),
  });
}

const model = "gpt-5";
const messages = [{ role: "user" as const, content: question }];

async function chat(ask: Ask): Promise<void> {
  const stream = await client(ask).chat.completions.create({ model, messages, stream: true }, { signal: ask.signal });
  for await (const chunk of stream) ask.show(chunk.choices[0]?.delta.content ?? "");
}

async function chatHelper(ask: Ask): Promise<string | void> {
  const stream = client(ask).chat.completions.stream({ model, messages }, { signal: ask.signal });
  stream.on("content", ask.show);
  return (await stream.finalContent()) ?? undefined;
}

async function chatTool(ask: Ask): Promise<string | void> {
  const { name, description, schema } = tool;
  const tools = [{ type: "function" as const, function: { name, description, parameters: schema, strict: true } }];
  const stream = client(ask).chat.completions.stream({ model, messages, tools }, { signal: ask.signal });
  stream.on("tool_calls.function.arguments.delta", (event) => ask.show(event.arguments_delta));
  const call = (await stream.finalMessage()).tool_calls?.[0];
  if (call?.type === "function") return call.function.arguments;
}

async function responses(ask: Ask, background = false): Promise<void> {
  const stream = await client(ask).responses.create({ model, input: question, stream: true, background }, { signal: ask.signal });
  for await (const event of stream) if (event.type === "response.output_text.delta") ask.show(event.delta);
}

async function responsesHelper(ask: Ask, background = false): Promise<string> {
  const stream = client(ask).responses.stream({ model, input: question, background }, { signal: ask.signal });
  stream.on("response.output_text.delta", (event) => ask.show(event.delta));
  return (await stream.finalResponse()).output_text;
}

async function responsesTool(ask: Ask): Promise<string | void> {
  const { name, description, schema } = tool;
  const tools = [{ type: "function" as const, name, description, parameters: schema, strict: true }];
  const stream = client(ask).responses.stream({ model, input: question, tools }, { signal: ask.signal });
  stream.on("response.function_call_arguments.delta", (event) => ask.show(event.delta));
  const call = (await stream.finalResponse()).output.find((item) => item.type === "function_call");
  return call?.arguments;
}

export const uses: Record<string, Use> = {
  "chat.completions.create": chat,
  "chat.completions.stream": chatHelper,
  "chat.completions.stream, tool call": chatTool,
  "responses.create": (ask) => responses(ask),
  "responses.stream": (ask) => responsesHelper(ask),
  "responses.stream, tool call": responsesTool,
  "responses.create, background": (ask) => responses(ask, true),
  "responses.stream, background": (ask) => responsesHelper(ask, true),
};
