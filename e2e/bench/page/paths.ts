import type { Api } from "./input.ts";

interface ChatChunk {
  choices?: { index: number; delta?: { content?: string | null } }[];
}
interface ResponsesEvent {
  type: string;
  delta?: string;
}
interface MessagesEvent {
  type: string;
  delta?: { type?: string; text?: string };
}
interface GeminiChunk {
  candidates?: { index?: number; content?: { parts?: { text?: string; thought?: boolean }[] } }[];
}

/** The reply's text that one event adds, as a page with a parser but without an SDK reads it. */
export const textOf: Readonly<Record<Api, (data: string) => string>> = {
  "openai-chat": (data) => {
    if (data === "[DONE]") return "";
    const choice = (JSON.parse(data) as ChatChunk).choices?.[0];
    return choice?.index === 0 ? (choice.delta?.content ?? "") : "";
  },
  "openai-responses": (data) => {
    if (data === "[DONE]") return "";
    const event = JSON.parse(data) as ResponsesEvent;
    return event.type === "response.output_text.delta" ? (event.delta ?? "") : "";
  },
  "anthropic-messages": (data) => {
    const event = JSON.parse(data) as MessagesEvent;
    return event.type === "content_block_delta" && event.delta?.type === "text_delta" ? (event.delta.text ?? "") : "";
  },
  gemini: (data) => {
    let text = "";
    for (const part of (JSON.parse(data) as GeminiChunk).candidates?.[0]?.content?.parts ?? []) {
      if (!part.thought) text += part.text ?? "";
    }
    return text;
  },
};
