// Notes what a person would see of each reply of the demo page. A note is made
// before the page is drawn, and only when something has changed.

/** What there is to see of a reply. */
interface Look {
  state: string;
  text: string;
  outcome: string;
  banner: boolean;
  pending: boolean;
  countdown: string;
  attempt: string;
  reason: string;
  error: string;
  detail: string;
}

type Note = Look & { at: number };

/** All that was seen of a reply. */
interface Watched {
  notes: Note[];
  counted: Note[];
  said: string[];
}

export const replies: Watched[] = [];
const watched = new Set<Element>();
let scheduled = false;

const bannerOf = (item: Element): Element => item.querySelector("retry-banner")!;
const shown = (element: Element | null): boolean => element?.checkVisibility() ?? false;
const text = (root: ParentNode, part: string): string => root.querySelector(`[part~="${part}"]`)?.textContent ?? "";

function look(item: HTMLElement): Look {
  const banner = bannerOf(item);
  const inside = banner.shadowRoot!;
  return {
    state: item.dataset["state"] ?? "",
    text: item.querySelector(".text")!.textContent,
    outcome: item.querySelector(".outcome")!.textContent,
    banner: shown(banner),
    pending: shown(inside.querySelector('[part~="pending"]')),
    countdown: text(inside, "countdown"),
    attempt: text(inside, "attempt"),
    reason: text(inside, "reason"),
    error: text(inside, "error"),
    detail: text(inside, "detail"),
  };
}

const entry = (i: number): Watched => (replies[i] ??= { notes: [], counted: [], said: [] });

/** Adds what differs from the last one, apart from the moment. */
function add(list: Note[], now: Look): void {
  const { at: _, ...last } = list.at(-1) ?? { at: 0 };
  if (JSON.stringify(now) !== JSON.stringify(last)) list.push({ ...now, at: performance.now() });
}

const items = (): NodeListOf<HTMLElement> => document.querySelectorAll("#messages > .assistant");

function note(): void {
  scheduled = false;
  items().forEach((item, i) => add(entry(i).notes, look(item)));
}

function changed(): void {
  items().forEach((item, i) => {
    if (!watched.has(item)) watchReply(bannerOf(item).shadowRoot!, i);
    watched.add(item);
    // A busy machine draws seldom; the countdown is noted at each change.
    const now = look(item);
    if (now.banner && now.pending) add(entry(i).counted, now);
  });
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(note);
}

const everything = { subtree: true, childList: true, characterData: true, attributes: true };
const observer = new MutationObserver(changed);

function watchReply(inside: ShadowRoot, i: number): void {
  observer.observe(inside, everything);
  // What a screen reader says: each text that comes into the live region.
  const live = inside.querySelector('[role="status"]')!;
  new MutationObserver(() => {
    if (live.textContent !== "") entry(i).said.push(live.textContent);
  }).observe(live, { childList: true, characterData: true, subtree: true });
}

/** Begins the notes. */
export function watch(): void {
  observer.observe(document.getElementById("messages")!, everything);
}

/** What was seen of the nth reply, counted from 0, so far. */
export async function historyOf(n: number): Promise<Watched | undefined> {
  // The last change is noted before the next picture is drawn.
  await new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)));
  return replies[n];
}
