// Notes what a person would see of each reply of the demo page. A note is made
// before the page is drawn, and only when something has changed.
(() => {
  const replies = [];
  const watched = new Set();
  let scheduled = false;

  const shown = (element) => element !== null && element.checkVisibility();
  const text = (root, part) => root.querySelector(`[part~="${part}"]`)?.textContent ?? "";

  function look(item) {
    const banner = item.querySelector("retry-banner");
    const inside = banner.shadowRoot;
    return {
      state: item.dataset.state ?? "",
      text: item.querySelector(".text").textContent,
      outcome: item.querySelector(".outcome").textContent,
      banner: shown(banner),
      pending: shown(inside.querySelector('[part~="pending"]')),
      countdown: text(inside, "countdown"),
      attempt: text(inside, "attempt"),
      reason: text(inside, "reason"),
      error: text(inside, "error"),
      detail: text(inside, "detail"),
    };
  }

  const entry = (i) => (replies[i] ??= { notes: [], counted: [], said: [] });

  // Adds what differs from the last one, apart from the moment.
  function add(list, now) {
    const { at, ...last } = list.at(-1) ?? {};
    if (JSON.stringify(now) !== JSON.stringify(last)) list.push({ ...now, at: performance.now() });
  }

  const items = () => document.querySelectorAll("#messages > .assistant");

  function note() {
    scheduled = false;
    items().forEach((item, i) => add(entry(i).notes, look(item)));
  }

  function changed() {
    items().forEach((item, i) => {
      const inside = item.querySelector("retry-banner").shadowRoot;
      if (!watched.has(item)) watch(inside, i);
      watched.add(item);
      // A busy machine draws seldom; the countdown is noted at each change.
      const now = look(item);
      if (now.banner && now.pending) add(entry(i).counted, now);
    });
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(note);
  }

  function watch(inside, i) {
    observer.observe(inside, everything);
    // What a screen reader says: each text that comes into the live region.
    const live = inside.querySelector('[role="status"]');
    new MutationObserver(() => {
      if (live.textContent !== "") entry(i).said.push(live.textContent);
    }).observe(live, { childList: true, characterData: true, subtree: true });
  }

  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  const observer = new MutationObserver(changed);
  observer.observe(document.getElementById("messages"), everything);
  globalThis.watchedReplies = replies;
})();
