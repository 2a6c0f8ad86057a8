/** The demo page: a chat whose replies survive failures. */
import { init, retryStream } from "../src/index.ts";
import "../src/banner/banner.ts";
import type { ProviderID } from "../src/event/types.gen.ts";
import { Log } from "./log.ts";
import { type Api, chatRequest, fakeTarget, newRun, presets, type Target, type Turn } from "./providers.ts";
import { element, Reply } from "./reply.ts";

interface Scenario {
  id: string;
  label: string;
  description: string;
}

/** Exchange is a message and its reply. */
interface Exchange {
  user: string;
  reply: Reply;
}

const untitled = "Untitled chat";
const titleLimitMs = 10_000;
const titlePrompt = "Write a title for the conversation that starts with this message: two to six words, plain text, no quotes.";

/** Failures worth showing first, with a message to send. */
const suggestions: readonly [scenario: string, prompt: string][] = [
  ["overloaded", "Explain exponential backoff to a gardener."],
  ["cut", "Tell me a short story about a lighthouse."],
  ["rate-limit-delay", "Plan a calm weekend in the mountains."],
];

const conversation = byId("conversation", HTMLElement);
const messages = byId("messages", HTMLOListElement);
const welcome = byId("welcome", HTMLElement);
const title = byId("title", HTMLElement);
const composer = byId("composer", HTMLFormElement);
const prompt = byId("prompt", HTMLTextAreaElement);
const send = byId("send", HTMLButtonElement);
const scenario = byId("scenario", HTMLSelectElement);
const provider = byId("provider", HTMLSelectElement);
const realForm = byId("real-form", HTMLFormElement);
const baseUrl = byId("base-url", HTMLInputElement);
const model = byId("model", HTMLInputElement);
const key = byId("key", HTMLInputElement);
const preset = byId("preset", HTMLSelectElement);
const useReal = byId("use-real", HTMLInputElement);
const log = new Log(byId("log", HTMLOListElement), byId("log-empty", HTMLElement), byId("log-count", HTMLElement));

let scenarios: Scenario[] = [];
let exchanges: Exchange[] = [];
let asked = 0;

// ---- Sending

function submit(): void {
  const text = prompt.value.trim();
  if (text === "") {
    for (const { reply } of exchanges) reply.stop();
  } else if (ready()) {
    prompt.value = "";
    ask(text);
  }
  updateSend();
}

/** Tells whether there is somewhere to send to; shows the person what is missing. */
function ready(): boolean {
  if (!useReal.checked || realForm.checkValidity()) return true;
  byId("real", HTMLDetailsElement).open = true;
  realForm.reportValidity();
  return false;
}

function ask(text: string): void {
  const chat = exchanges;
  const turns: Turn[] = [...finishedTurns(chat), { role: "user", text }];
  const to = target();
  const reply = new Reply({
    label: to.label,
    subject: `#${(asked += 1)}`,
    request: () => chatRequest(to.at(newRun()), turns),
    provider: to.provider,
    silenceTimeoutMs: to.silenceTimeoutMs,
    log,
    onChange: () => {
      updateSend();
      if (chat !== exchanges || reply.state !== "done") return;
      announce(reply);
      if (chat[0]?.reply === reply) void makeTitle(to.forTitle, text, chat);
    },
  });
  chat.push({ user: text, reply });
  if (chat.length === 1) setTitle(firstWords(text));
  welcome.hidden = true;
  messages.append(userMessage(text), reply.element);
  conversation.scrollTop = conversation.scrollHeight;
  void reply.start();
}

/** Only whole exchanges are told to the provider. */
function finishedTurns(chat: Exchange[]): Turn[] {
  return chat
    .filter(({ reply }) => reply.state === "done" && reply.text !== "")
    .flatMap(({ user, reply }): Turn[] => [{ role: "user", text: user }, { role: "assistant", text: reply.text }]);
}

interface ChosenTarget {
  label: string;
  provider: ProviderID | "auto";
  silenceTimeoutMs: number;
  at(run: string): Target;
  forTitle: Target;
}

/** target reads the pickers once, so that later changes leave sent messages alone. */
function target(): ChosenTarget {
  if (useReal.checked) {
    const chosen = presets[preset.selectedIndex];
    const real: Target = {
      api: chosen?.api ?? "openai", base: baseUrl.value.trim(), model: model.value.trim(), key: key.value.trim(),
    };
    const label = `${chosen?.label ?? "Provider"} · ${real.model}`;
    return { label, provider: "auto", silenceTimeoutMs: 300_000, at: () => real, forTitle: real };
  }
  const api = provider.value as Api;
  const failing = scenario.value || "ok";
  return {
    label: [provider.selectedOptions[0]?.label, scenario.selectedOptions[0]?.label].filter(Boolean).join(" · "),
    provider: api === "openai-responses" ? "openai" : api,
    // Five minutes of silence are too long for a show.
    silenceTimeoutMs: 6000,
    at: (run) => fakeTarget(api, failing, run),
    // The title has its own run, so that it takes no step of the reply's script.
    forTitle: fakeTarget(api, failing === "title-fails" ? failing : "ok", `title-${newRun()}`),
  };
}

// ---- Title

/** A title is a nicety: it is retried in silence, and given up in silence. */
async function makeTitle(to: Target, message: string, chat: Exchange[]): Promise<void> {
  const { url, init: request } = chatRequest(to, [{ role: "user", text: message.slice(0, 2000) }], titlePrompt);
  try {
    const text = await retryStream(url, { ...request, shared: "none", signal: AbortSignal.timeout(titleLimitMs) }).text();
    const made = text.trim().split("\n", 1)[0]?.replace(/^["'“”]+|["'“”.]+$/g, "").slice(0, 80);
    if (made && chat === exchanges) setTitle(made);
  } catch {
    // The first words of the message stay.
  }
}

function setTitle(text: string): void {
  title.textContent = text;
  document.title = `${text} – retrystream`;
}

function firstWords(text: string): string {
  return text.split(/\s+/, 6).join(" ");
}

// ---- Showing

function userMessage(text: string): HTMLElement {
  const item = element("li", "message user");
  const who = element("h2", "hidden");
  who.textContent = "You";
  const words = element("div", "text");
  words.textContent = text;
  item.append(who, words);
  return item;
}

/** The end of a reply is news to a screen reader; each token is not. */
function announce(reply: Reply): void {
  const words = reply.text.split(/\s+/).length;
  byId("announcer", HTMLElement).textContent = words > 60 ? `Reply complete, ${words} words.` : `Reply: ${reply.text}`;
}

function updateSend(): void {
  const stops = prompt.value.trim() === "" && exchanges.some(({ reply }) => reply.running);
  send.textContent = stops ? "Stop" : "Send";
  send.classList.toggle("stops", stops);
}

/** The conversation follows its end unless the reader scrolled away. */
function followEnd(): void {
  let following = true;
  let top = 0;
  conversation.addEventListener("scroll", () => {
    const { scrollHeight, scrollTop, clientHeight } = conversation;
    if (scrollHeight - scrollTop - clientHeight < 60) following = true;
    // The browser itself may scroll down a little when content grows.
    else if (scrollTop < top) following = false;
    top = scrollTop;
  }, { passive: true });
  const observer = new ResizeObserver(() => {
    if (following) conversation.scrollTop = conversation.scrollHeight;
  });
  observer.observe(messages);
  observer.observe(conversation);
}

function showNotice(text: string): void {
  const notice = byId("notice", HTMLElement);
  notice.textContent = text;
  notice.hidden = false;
}

function newChat(): void {
  const old = exchanges;
  exchanges = [];
  asked = 0;
  for (const { reply } of old) reply.stop();
  messages.replaceChildren();
  log.clear();
  welcome.hidden = false;
  setTitle(untitled);
  updateSend();
  prompt.focus();
}

// ---- Pickers

async function loadScenarios(): Promise<void> {
  try {
    const response = await fetch("/fake/scenarios.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    scenarios = (await response.json()) as Scenario[];
  } catch {
    showNotice("The fake providers are not there: is this page served by “make demo”? A real provider still works.");
  }
  scenario.replaceChildren(...scenarios.map(({ id, label }) => new Option(label, id)));
  for (const [id, text] of suggestions) {
    const found = scenarios.find((one) => one.id === id);
    if (found !== undefined) byId("suggestions", HTMLElement).append(suggestion(found, text));
  }
  updateHelp();
}

function suggestion({ id, label }: Scenario, text: string): HTMLElement {
  const button = element("button", "suggestion");
  button.type = "button";
  const name = element("strong", "");
  name.textContent = label;
  const words = element("span", "");
  words.textContent = text;
  button.append(name, words);
  button.addEventListener("click", () => {
    scenario.value = id;
    useReal.checked = false;
    updateHelp();
    prompt.focus();
    ask(text);
  });
  const item = element("li", "");
  item.append(button);
  return item;
}

function updateHelp(): void {
  const real = useReal.checked;
  scenario.disabled = provider.disabled = real;
  byId("real-on", HTMLElement).hidden = !real;
  byId("scenario-help", HTMLElement).textContent = real
    ? `Messages go to ${URL.canParse(baseUrl.value) ? new URL(baseUrl.value).host : "a real provider"}.`
    : (scenarios.find(({ id }) => id === scenario.value)?.description ?? "");
}

function usePreset(): void {
  const chosen = presets[preset.selectedIndex];
  if (chosen === undefined) return;
  baseUrl.value = chosen.base;
  model.value = chosen.model;
  // A key is never sent to another provider than the one it was typed for.
  key.value = "";
  byId("preset-help", HTMLElement).textContent = chosen.help;
  updateHelp();
}

// ---- Start

function start(): void {
  document.documentElement.dataset["started"] = "";
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  prompt.addEventListener("keydown", (event) => {
    // Enter also ends the choice of a word in Japanese, Chinese or Korean.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (prompt.value.trim() !== "") submit();
  });
  prompt.addEventListener("input", updateSend);
  scenario.addEventListener("change", updateHelp);
  preset.append(...presets.map(({ label }) => new Option(label)));
  preset.addEventListener("change", usePreset);
  useReal.addEventListener("change", updateHelp);
  baseUrl.addEventListener("input", updateHelp);
  realForm.addEventListener("submit", (event) => event.preventDefault());
  byId("new-chat", HTMLButtonElement).addEventListener("click", newChat);
  byId("what-happened", HTMLDetailsElement).open = matchMedia("(min-width: 64rem)").matches;
  followEnd();
  usePreset();
  void loadScenarios();
  init().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    showNotice(`${reason} Here, “make demo” builds it; then reload this page.`);
  });
}

function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

start();
