/** The inside of `<retry-banner>`: its elements and its style sheet. */

/** BannerView is every element that changes while the banner lives. */
export interface BannerView {
  banner: HTMLElement;
  /** Shown while the reply waits: for a retry, the network or the provider. */
  pending: HTMLElement;
  countdown: HTMLElement;
  attempt: HTMLElement;
  reason: HTMLElement;
  actions: HTMLElement;
  retryNow: HTMLButtonElement;
  stop: HTMLButtonElement;
  progress: HTMLElement;
  /** Shown after the last failure. */
  failure: HTMLElement;
  error: HTMLElement;
  detail: HTMLElement;
  failedSlot: HTMLSlotElement;
  /** Read aloud, never seen. */
  live: HTMLElement;
}

/** buildView fills an empty shadow root. */
export function buildView(root: ShadowRoot): BannerView {
  // A sheet made by script is allowed under a policy that forbids inline styles.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];

  const icon = part("span", "icon");
  icon.ariaHidden = "true";
  const countdown = part("span", "countdown");
  const attempt = part("span", "attempt");
  const reason = part("p", "reason");
  reason.id = "reason";
  const pending = part("div", "pending", countdown, " ", attempt, reason);

  const error = part("p", "error");
  const detail = part("p", "detail");
  const failure = part("div", "failure", error, detail);
  failure.role = "alert";
  // What a provider or a server said may be in another direction than the page.
  for (const text of [reason, error, detail]) text.dir = "auto";

  const retryNow = part("button", "button retry-now");
  const stop = part("button", "button stop");
  for (const button of [retryNow, stop]) {
    button.type = "button";
    button.setAttribute("aria-describedby", reason.id);
  }
  const actions = part("div", "actions", retryNow, stop);
  const failedSlot = document.createElement("slot");
  failedSlot.name = "failed";
  const progress = part("div", "progress");
  const live = document.createElement("div");
  live.className = "live";
  live.role = "status";

  const banner = part("div", "banner", icon, pending, failure, actions, failedSlot, progress, live);
  root.append(banner);
  return {
    banner, pending, countdown, attempt, reason, actions, retryNow, stop, progress, failure, error, detail, failedSlot, live,
  };
}

/** setText writes only changes: rewriting the same words would repeat them aloud. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function part<T extends keyof HTMLElementTagNameMap>(
  tag: T, names: string, ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  element.setAttribute("part", names);
  element.append(...children);
  return element;
}

// Of the important rule: a page that styles the tag must not bring a hidden
// banner back.
const styles = `
:host {
  display: block;
  font: var(--retry-banner-font, inherit);
  color: var(--retry-banner-color, inherit);
}
:host([hidden]), [hidden] { display: none !important; }

[part~="banner"] {
  --tint: var(--retry-banner-accent, light-dark(#8a5200, #f2b866));
  position: relative;
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 0.75rem;
  padding: 0.7rem 0.9rem;
  overflow: hidden;
  border: 1px solid color-mix(in srgb, var(--tint) 30%, transparent);
  border-radius: var(--retry-banner-radius, 0.75rem);
  background: var(--retry-banner-background, color-mix(in srgb, var(--tint) 7%, transparent));
  line-height: 1.4;
}
[data-look="waiting"] { --tint: #679; }
[data-look="failed"] {
  --tint: var(--retry-banner-error, light-dark(#b3261e, #ff9c93));
}

[part~="icon"] {
  flex: none;
  align-self: start;
  inline-size: 8px;
  block-size: 8px;
  margin-block-start: calc(0.7em - 4px);
  border-radius: 50%;
  background: var(--tint);
}
:not([data-look="failed"]) > [part~="icon"] { animation: pulse 2s ease-in-out infinite; }
@keyframes pulse { 50% { opacity: 0.35; } }

[part~="pending"], [part~="failure"] {
  flex: 1 1 11rem;
  min-inline-size: 0;
  overflow-wrap: anywhere;
}
[part~="failure"] { flex-basis: 16rem; }
p { margin: 0; text-align: match-parent; }
p:empty { display: none; }
[part~="countdown"], [part~="error"] { font-weight: 600; }
[part~="countdown"] { font-variant-numeric: tabular-nums; }
[part~="attempt"], [part~="reason"], [part~="detail"] {
  color: color-mix(in srgb, currentColor 80%, transparent);
}
[part~="attempt"] { margin-inline-start: 0.35em; font-size: 0.85em; }
[part~="reason"] { font-size: 0.93em; }
[part~="detail"] { margin-block-start: 0.15em; font-size: 0.85em; }

[part~="actions"] { display: flex; flex-wrap: wrap; gap: 0.5rem; }
[part~="button"] {
  min-block-size: 2.1rem;
  padding: 0.2rem 0.85rem;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  border-radius: 999px;
  background: transparent;
  color: inherit;
  font: inherit;
  font-size: 0.9em;
  cursor: pointer;
}
[part~="retry-now"] {
  border-color: color-mix(in srgb, var(--tint) 55%, transparent);
  background: color-mix(in srgb, var(--tint) 10%, transparent);
}
[part~="button"]:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
[part~="button"]:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
[part~="button"][aria-disabled="true"] { opacity: 0.5; background: transparent; cursor: default; }
@media (pointer: coarse) {
  [part~="button"] { min-block-size: 2.75rem; }
}

[part~="progress"] {
  position: absolute;
  inset: auto 0 0;
  block-size: 2px;
  background: var(--tint);
  transform: scaleX(0);
  transform-origin: left;
}
[part~="progress"]:dir(rtl) { transform-origin: right; }

.live {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

@media (prefers-reduced-motion: reduce) {
  [part~="icon"] { animation: none !important; }
  [part~="progress"] { display: none; }
}
@media (forced-colors: active) {
  [part~="icon"], [part~="progress"] { forced-color-adjust: none; background: Highlight; }
  [part~="button"][aria-disabled="true"] { opacity: 1; color: GrayText; border-color: GrayText; }
}
`;
