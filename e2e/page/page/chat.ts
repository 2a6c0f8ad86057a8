// What the tests do and look at in the chat.

/** Chooses in a picker as a person does; false where it does not offer the value. */
export function choose(selector: string, value: string): boolean {
  const picker = document.querySelector<HTMLSelectElement>(selector)!;
  picker.value = value;
  picker.dispatchEvent(new Event("change", { bubbles: true }));
  return picker.value !== "";
}

/** Chooses the option of that text, or the one after the chosen one. */
export function chooseText(selector: string, text?: string): void {
  const picker = document.querySelector<HTMLSelectElement>(selector)!;
  const options = Array.from(picker.options, (option) => option.text);
  picker.selectedIndex = text === undefined ? (picker.selectedIndex + 1) % options.length : options.indexOf(text);
  picker.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The entries of "What happened" about the nth reply, counted from 1, without their time. */
export const logOf = (n: number): (string | null)[] =>
  Array.from(document.querySelectorAll("#log > li"))
    .filter((item) => item.querySelector(".subject")!.textContent === `#${n}`)
    .map((item) => item.lastChild!.textContent);

export const announced: (string | null)[] = [];

/** Notes what is announced beside the banners. */
export function hearAnnouncer(): void {
  const announcer = document.querySelector("#announcer")!;
  new MutationObserver(() => announced.push(announcer.textContent)).observe(announcer, { childList: true, characterData: true, subtree: true });
}

/** What is wider than its box: what is cut off inside a scroll container does not widen the page. */
export const widerThanTheirBoxes = (): string[] =>
  Array.from(document.querySelectorAll("#conversation, #messages > *, retry-banner, #composer, aside"))
    .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
    .map((e) => `${e.localName}#${e.id}.${e.className}`);

/** How much of the conversation is below the edge, in pixels. */
export function hiddenBelow(): number {
  const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#conversation")!;
  return scrollHeight - scrollTop - clientHeight;
}

/** Whether anything on the page moves. */
export const moves = (): boolean =>
  document.getAnimations().concat(...Array.from(document.querySelectorAll("retry-banner"), (b) => b.shadowRoot!.getAnimations()))
    .some((a) => a.playState === "running" && (a.effect as KeyframeEffect).target!.checkVisibility());

const logged: string[] = [];

/** Keeps all that the page logs, of whatever level. */
export function recordConsole(): void {
  for (const level of ["log", "info", "debug", "warn", "error", "trace", "dir", "table"] as const) {
    const original = console[level] as (...args: unknown[]) => void;
    console[level] = (...args: unknown[]) => {
      const texts = args.map((arg) => (arg instanceof Error ? arg.stack : typeof arg === "object" ? JSON.stringify(arg) : String(arg)));
      logged.push(`${level} ${texts.join(" ")}`);
      original.apply(console, args);
    };
  }
}

const markup = (root: Document | Element | ShadowRoot): string =>
  ("innerHTML" in root ? root.innerHTML : root.documentElement.outerHTML) +
  Array.from(root.querySelectorAll("*"), (e) => (e.shadowRoot ? markup(e.shadowRoot) : "")).join("");

/**
 * All that the page keeps or shows as text: the document's markup with its shadow
 * trees, what form fields show, storage of every kind, all addresses asked for and all
 * that was logged.
 */
export async function everythingKept(): Promise<string> {
  const fields = Array.from(document.querySelectorAll<HTMLInputElement>("input:not([type=password]), textarea"), (e) => e.value);
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  const addresses = performance.getEntriesByType("resource").map(({ name }) => name);
  return JSON.stringify([markup(document), fields, document.title, location.href, history.state, window.name, document.cookie,
    { ...localStorage }, { ...sessionStorage }, await caches.keys(), databases, addresses, logged]);
}
