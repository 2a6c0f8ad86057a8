// A banner of the test's own on the page, and what it says.
import type { Status } from "../../internal/library/page/types.ts";

type Banner = HTMLElement & { status: Status; labels: object };

export const said: string[] = [];
/** How often the banner was seen to come. */
export let seen = 0;
/** How often it was told to stop. */
export let stopped = 0;

let banner: Banner;

/** What is told of a wait of a minute. */
const busy = { delay_ms: 60_000, retrying_at: new Date(Date.now() + 60_000).toISOString(), message: "Busy." };

/** Puts the banner on the page. */
export function addBanner(): void {
  banner = document.querySelector("#conversation")!.appendChild(document.createElement("retry-banner") as Banner);
  const live = banner.shadowRoot!.querySelector('[role="status"]')!;
  new MutationObserver(() => live.textContent && said.push(live.textContent)).observe(live, { childList: true });
  new MutationObserver(() => (seen += banner.checkVisibility() ? 1 : 0)).observe(banner, { attributeFilter: ["hidden"] });
  banner.addEventListener("stop", () => stopped++);
}

/** Feeds the banner with a status. */
export function tell(phase: Status["phase"], more: Partial<Status> = {}): void {
  banner.status = { phase, attempt: 1, provider: "anthropic", ...(phase === "retrying" && busy), ...more } as Status;
}

/** Forgets what was said. */
export const forget = (): void => void (said.length = 0);

/** Feeds it with one more sign of life of the phase. */
export const tellAlive = (phase: Status["phase"]): void => tell(phase, { last_byte_at: new Date().toISOString() });

/** Gives it words of the page's own. */
export function label(): void {
  banner.labels = {
    offline: "Kein Netz", offlineReason: "Es geht von selbst weiter.",
    queued: (provider: string) => "Wartet auf " + provider, queuedReason: "Noch kein Wort.",
  };
}

/** The words that it shows. */
export const words = (): string =>
  Array.from(banner.shadowRoot!.querySelectorAll("[part~=countdown], [part~=attempt], [part~=reason]"), (e) => e.textContent).join("|");

/** Whether its hairline runs. */
export const hairlineRuns = (): boolean =>
  banner.shadowRoot!.getAnimations().some((a) => (a.effect as KeyframeEffect).target!.part.contains("progress"));
