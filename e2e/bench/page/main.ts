import type { Reply } from "./input.ts";
import { delays, live } from "./live.ts";
import { crowd, crowdReplies, finish, type Crowd } from "./many.ts";
import { start, wasmBytes } from "./retrystream.ts";
import { check, prepare, ready, run } from "./throughput.ts";

const [module, other] = await start();
let replies: readonly Reply[] = [];
let open: Crowd;

// What the driver calls.
Object.assign(globalThis, {
  bench: {
    prepare: (input: string, events: number) => prepare(module, other, input, events),
    ready,
    run,
    check,
    delays: (events: number, perSecond: number) => delays(module, events, perSecond),
    live: (name: string, events: number, perSecond: number) => live(module, name, events, perSecond),
    finish: (streams: number) => finish(module, streams),
    replies: (streams: number, events: number) => {
      replies = crowdReplies(streams, events);
    },
    crowd: async () => {
      open = await crowd(module, replies);
    },
    feed: (until: number) => open.feed(until),
    end: () => open.end(),
    wasmBytes,
  },
});
