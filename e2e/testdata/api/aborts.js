// async () => ends requests at each step of scripted replies, and gives how many
// steps there are and how else than by an AbortError a request ended that was read.
async () => {
  const big = "x".repeat(50_000);
  const replies = [
    { status: 500, chunks: [big, big, big, big] },
    { status: 200, chunks: [delta(""), new TypeError("network error")] },
    { status: 500, chunks: [big], open: true },
    { status: 200, chunks: [delta(""), delta("one"), chatEnd] },
  ];
  let onStep = () => {};
  let requests = 0;
  const task = () => new Promise((resolve) => setTimeout(resolve));
  globalThis.fetch = async (_, { signal }) => {
    const { status, chunks, open } = replies[requests++] ?? replies.at(-1);
    const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    aborted.catch(() => {});
    signal.throwIfAborted();
    onStep();
    await Promise.race([task(), aborted]);
    let at = 0;
    const source = new ReadableStream({
      start: (controller) => void aborted.catch((reason) => { try { controller.error(reason); } catch {} }),
      async pull(controller) {
        await task();
        onStep();
        if (signal.aborted) return;
        const chunk = chunks[at++];
        if (chunk instanceof Error) controller.error(chunk);
        else if (chunk !== undefined) controller.enqueue(utf8(chunk));
        else if (open) await aborted.catch(() => {});
        else controller.close();
      },
    }, { highWaterMark: 0 });
    return new Response(source, { status, headers: { "content-type": "text/event-stream" } });
  };

  // An error's body that stays open is waited for no longer than this.
  const plainTimer = globalThis.setTimeout;
  globalThis.setTimeout = (run, ms, ...args) => plainTimer(run, Math.min(ms ?? 0, 20), ...args);

  // A response's text() does not tell why it failed.
  const drain = async (response) => {
    for (const reader = response.body.getReader(); !(await reader.read()).done; );
  };
  let retry = () => {};
  const options = { delays: { initialMs: 1 }, onRetry: () => retry() };
  const ways = {
    abort() {
      const controller = new AbortController();
      const send = retrystream.createRetryFetch(options);
      retry = send.retryNow;
      return [send(chatURL, post({ signal: controller.signal })).then(drain), () => controller.abort()];
    },
    cancel() {
      const send = retrystream.createRetryFetch(options);
      retry = send.retryNow;
      return [send(chatURL, post()).then(drain), send.cancel];
    },
    stream() {
      const stream = ask(chatURL, options);
      retry = () => stream.retryNow();
      return [stream.text(), () => stream.cancel()];
    },
    unread() {
      const stream = ask(chatURL, options);
      retry = () => stream.retryNow();
      return [new Promise((resolve) => setTimeout(() => (stream.cancel(), resolve()), 20)), () => stream.cancel()];
    },
  };
  let steps = 0;
  const others = [];
  for (const [way, begin] of Object.entries(ways)) {
    for (let at = 0; way === "abort" || at <= steps; at++) {
      for (const later of [(run) => run(), setTimeout]) {
        requests = 0;
        let step = 0, stop;
        onStep = () => {
          if (step++ === at) later(() => stop());
        };
        let done;
        stop = () => {}; // the first step comes before there is anything to stop
        [done, stop] = begin();
        if (at === 0) stop();
        const name = await done.then(() => "done", (error) => error.name === "AbortError" ? error.name : error.stack);
        if (name !== "AbortError" && name !== "done") others.push(`${way} at ${at}: ${name}`);
        steps = Math.max(steps, step);
      }
      if (way === "abort" && at > steps) break;
    }
  }
  for (let i = 0; i < 5; i++) await task();
  return { steps, others };
}
