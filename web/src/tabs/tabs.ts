// One wait for all tabs of an origin. Their streams tell each other of it over a
// channel, leave word in localStorage for those that begin later, and afterwards
// go one by one by Web Locks. A salted hash names the server and the credential:
// nothing leaves the tab but that, and until when to wait.

// The channel, and what the names of all else begin with. The items in localStorage
// have a room's name each: several tabs may write at the same moment.
const us = "retrystream";

// No hold lasts longer than this, in milliseconds; the module makes most of them
// shorter. What is beyond was told by another clock, or by a script gone wrong.
const maxHoldMs = 600_000;

// The longest turn, in milliseconds, as in core/wait.
const turnMs = 1000;

// How long a turn outlasts its stream's, in milliseconds: word of a new hold must
// come before the next turn does.
const wordMs = 50;

/** Where a stream waits with all that show the same server the same credential. */
export interface Room {
  /** Its name within the tab; empty for a stream that waits alone. */
  key: string;
  /** Its name among the tabs; empty where they have no part in it. */
  name: string;
  /** Called when the other tabs are told to wait, with the end of that in milliseconds since 1970; with 0 when they need not. */
  told: (until: number) => void;
}

/** A stream's turn among those of all tabs. */
export interface Turn {
  /** Settles when it has come, or was given back. */
  readonly granted: Promise<void>;
  leave(): void;
}

// The rooms that the other tabs have a part in, one for each stream.
const rooms = new Set<Room>();
let channel: BroadcastChannel | undefined;

/** Gives the other tabs a part in a room, until leave. Where the browser lacks what that takes, it stays the tab's own. */
export async function open(room: Room, credential: string): Promise<Room> {
  try {
    // No secret, but every origin has its own. Two tabs that begin at the same
    // moment, for the first time ever, may each make one; their next streams agree.
    const salt: string = (localStorage[us + "-salt"] ||= crypto.randomUUID());
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + credential));
    if (navigator.locks) {
      channel ??= listen();
      room.name = `${us}-${new Uint8Array(hash, 0, 16).join("")}-`;
      rooms.add(room);
    }
  } catch {
    // Not here, then.
  }
  return room;
}

/** Takes back what open did. */
export function leave(room: Room | undefined): void {
  rooms.delete(room!); // which there may not be yet
  if (rooms.size) return;
  channel?.close();
  channel = undefined;
}

function listen(): BroadcastChannel {
  const channel = new BroadcastChannel(us);
  channel.onmessage = ({ data }) => {
    // Any script of the origin may send anything.
    for (const { name, told } of rooms) {
      const until: unknown = data?.[name];
      if (until === 0 || lasts(until)) told(until);
    }
  };
  return channel;
}

/**
 * Until when the other tabs wait, in milliseconds since 1970; 0 if they do not. The store is not touched for a room that is
 * not theirs: in a fresh page that takes milliseconds, before the first request.
 */
export function heldUntil({ name }: Pick<Room, "name">): number {
  try {
    const until = +(name && localStorage[name]);
    return lasts(until) ? until : 0;
  } catch {
    return 0; // the page may look no more
  }
}

/** Tells the other tabs to wait, or with 0 that they need not any longer. */
export function hold(key: string, until: number): void {
  const name = nameOf(key);
  if (!name) return;
  channel!.postMessage({ [name]: until });
  localStorage[name] = until;
  for (const name of Object.keys(localStorage)) {
    if (name.match(`^${us}.*-$`) && !heldUntil({ name })) delete localStorage[name];
  }
}

/** Asks for a turn; undefined where the other tabs have no part in the room. */
export function turn(key: string): Turn | undefined {
  const name = nameOf(key);
  if (!name) return undefined;
  let over = false;
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const granted = new Promise<void>((grant) => {
    void ended.then(grant);
    // A lock is for one second of the clock, and a turn has those of two: a tab
    // that is frozen in its turn keeps the others no longer than that.
    const ask = (): void => {
      if (over) return;
      const now = Date.now();
      const next = now - (now % turnMs) + turnMs;
      setTimeout(ask, next - now);
      const take = (): Promise<void> | undefined => {
        if (over || Date.now() >= next) return undefined; // too late
        over = true;
        grant();
        setTimeout(end, turnMs);
        return navigator.locks.request(name + (next + turnMs), () => ended);
      };
      navigator.locks.request(name + next, take).catch(grant);
    };
    ask();
  });
  return {
    granted,
    leave() {
      over = true;
      setTimeout(end, wordMs);
    },
  };
}

const nameOf = (key: string): string | undefined => [...rooms].find((room) => room.key === key)?.name;

/** Whether this is a time until which somebody may still have to wait. */
function lasts(until: unknown): until is number {
  const now = Date.now();
  return typeof until === "number" && until > now && until < now + maxHoldMs;
}
