// What the tests of the npm package run in the examples' pages.

export const phases: string[] = [];

/** Keeps the phases in which the banner came and went, however short the wait was. */
export function noteBanner(): void {
  const banner = document.querySelector("retry-banner") as HTMLElement & { status: { phase: string } };
  let { hidden } = banner;
  new MutationObserver(() => {
    if (banner.hidden === hidden) return;
    hidden = banner.hidden;
    phases.push(`${hidden ? "hidden" : "shown"} ${banner.status.phase}`);
  }).observe(banner, { attributeFilter: ["hidden"] });
}
