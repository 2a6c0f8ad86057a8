/** How each provider wants to be asked: URL, headers and body. */

/** Api is a wire format; the fake providers speak all four. */
export type Api = "anthropic" | "openai" | "openai-responses" | "gemini";

/** Target is where a message goes. */
export interface Target {
  api: Api;
  /** The part of the URL before the API's own path. */
  base: string;
  model: string;
  /** The provider's key; empty sends none. */
  key: string;
}

/** Turn is one finished message of a conversation. */
export interface Turn {
  role: "user" | "assistant";
  text: string;
}

/** ChatRequest is what fetch, or retryStream, needs to ask for a reply. */
export interface ChatRequest {
  url: string;
  init: { method: "POST"; headers: Record<string, string>; body: string };
}

/** fakeTarget is the fake provider that fails as scenario says, anew for each run. */
export function fakeTarget(api: Api, scenario: string, run: string): Target {
  const path = [api, scenario, run].map(encodeURIComponent).join("/");
  return { api, base: `/fake/${path}`, model: "demo", key: "" };
}

/** newRun makes an id that no other message has. */
export function newRun(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join("");
}

/** chatRequest asks target to go on with the conversation; system may be empty. */
export function chatRequest(target: Target, turns: Turn[], system = ""): ChatRequest {
  const { path, headers, body } = wire[target.api](target, turns, system);
  return {
    url: join(target.base, path),
    init: { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) },
  };
}

interface Wire {
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

const wire: Record<Api, (target: Target, turns: Turn[], system: string) => Wire> = {
  anthropic: ({ model, key }, turns, system) => ({
    path: "/v1/messages",
    headers: {
      "anthropic-version": "2023-06-01",
      "anthropic-dangerous-direct-browser-access": "true",
      ...(key && { "x-api-key": key }),
    },
    body: { model, max_tokens: 2048, stream: true, ...(system && { system }), messages: messages(turns) },
  }),
  openai: ({ model, key }, turns, system) => ({
    path: "/v1/chat/completions",
    headers: bearer(key),
    body: {
      model,
      stream: true,
      messages: [...(system ? [{ role: "system", content: system }] : []), ...messages(turns)],
    },
  }),
  "openai-responses": ({ model, key }, turns, system) => ({
    path: "/v1/responses",
    headers: bearer(key),
    body: { model, stream: true, store: false, ...(system && { instructions: system }), input: messages(turns) },
  }),
  gemini: ({ model, key }, turns, system) => ({
    path: `/v1beta/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`,
    headers: key ? { "x-goog-api-key": key } : {},
    body: {
      ...(system && { systemInstruction: { parts: [{ text: system }] } }),
      contents: turns.map(({ role, text }) => ({ role: role === "user" ? "user" : "model", parts: [{ text }] })),
    },
  }),
};

function messages(turns: Turn[]): { role: string; content: string }[] {
  return turns.map(({ role, text }) => ({ role, content: text }));
}

function bearer(key: string): Record<string, string> {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** People paste base URLs with the version and without. */
function join(base: string, path: string): string {
  const version = path.slice(0, path.indexOf("/", 1));
  const trimmed = base.replace(/\/+$/, "");
  return (trimmed.endsWith(version) ? trimmed.slice(0, -version.length) : trimmed) + path;
}

/** Preset fills the form for a real provider. */
export interface Preset {
  label: string;
  api: Api;
  base: string;
  model: string;
  help: string;
}

/** presets are starting points; every field can be changed. */
export const presets: readonly Preset[] = [
  {
    label: "Anthropic", api: "anthropic", base: "https://api.anthropic.com", model: "claude-sonnet-4-5",
    help: "Adds the header anthropic-dangerous-direct-browser-access, without which browsers are turned away.",
  },
  {
    label: "OpenAI Chat", api: "openai", base: "https://api.openai.com", model: "gpt-5-mini",
    help: "Chat Completions. Use a key that you can revoke.",
  },
  {
    label: "OpenAI Responses", api: "openai-responses", base: "https://api.openai.com", model: "gpt-5-mini",
    help: "The Responses API. Use a key that you can revoke.",
  },
  {
    label: "Gemini", api: "gemini", base: "https://generativelanguage.googleapis.com", model: "gemini-2.5-flash",
    help: "A key from Google AI Studio.",
  },
  {
    label: "OpenRouter", api: "openai", base: "https://openrouter.ai/api", model: "openrouter/auto",
    help: "One key for many models.",
  },
  {
    label: "Ollama (this computer)", api: "openai", base: "http://localhost:11434", model: "llama3.2",
    help: "No key needed. The model must be pulled already.",
  },
  {
    label: "llama.cpp (this computer)", api: "openai", base: "http://localhost:8081", model: "default",
    help: "No key needed. Start llama-server with --port 8081.",
  },
];
