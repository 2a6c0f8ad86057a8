import { GoogleGenAI } from "@google/genai";

import { apiKey, question, tool, type Ask, type Use } from "./ask.ts";

function client({ url, fetch, timeout }: Ask): GoogleGenAI {
  return new GoogleGenAI({
    apiKey,
    httpOptions: { baseUrl: url, ...(fetch && { fetch }), ...(timeout !== undefined && { timeout }) },
  });
}

const model = "gemini-2.5-flash";

async function stream(ask: Ask): Promise<void> {
  const chunks = await client(ask).models.generateContentStream({ model, contents: question, config: { abortSignal: ask.signal } });
  for await (const chunk of chunks) ask.show(chunk.text ?? "");
}

async function functionCall(ask: Ask): Promise<void> {
  const { name, description, schema } = tool;
  const chunks = await client(ask).models.generateContentStream({
    model,
    contents: question,
    config: { abortSignal: ask.signal, tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema: schema }] }] },
  });
  for await (const chunk of chunks) {
    for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
      ask.show(part.text ?? (part.functionCall ? JSON.stringify(part.functionCall.args) : ""));
    }
  }
}

export const uses: Record<string, Use> = {
  "generateContentStream": stream,
  "generateContentStream, function call": functionCall,
};
