/** RetryBannerLabels are all words of the banner that do not come from a status. */
export interface RetryBannerLabels {
  /** The ticking text; seconds is 1 or more. */
  retryingIn(seconds: number): string;
  /** Shown once the wait is over. */
  retrying: string;
  /** Shown while the next attempt waits for a response. */
  reconnecting: string;
  /** Shown when no moment for the next attempt is known. */
  waiting: string;
  /** Shown and said once while the device has no network. */
  offline: string;
  /** Shown and said below it; stays while the stream connects again. */
  offlineReason: string;
  /** Shown and said once while only signs of life come; provider is an id, such as "anthropic", if it is known. */
  queued(provider?: string): string;
  /** Shown and said below it. */
  queuedReason: string;
  attempt(number: number): string;
  /** Said by screen readers, once a retry; seconds is 0 when no moment is known. */
  announcement(reason: string, seconds: number, attempt: number): string;
  /** Shown for a failure that came without a message. */
  failed: string;
  retryNow: string;
  stop: string;
}

/** english is what the banner says unless the page brings its own words. */
export const english: RetryBannerLabels = {
  retryingIn: (seconds) => `Retrying in ${shortDuration(seconds)}`,
  retrying: "Retrying…",
  reconnecting: "Reconnecting…",
  waiting: "Waiting to retry…",
  offline: "Waiting for the network…",
  offlineReason: "The reply will go on by itself.",
  queued: () => "Still queued at the provider…",
  queuedReason: "It is alive, but sends nothing new.",
  attempt: (number) => `attempt ${number}`,
  announcement: (reason, seconds, attempt) => {
    const when = seconds > 0 ? `Retrying in ${seconds} ${seconds === 1 ? "second" : "seconds"}` : "Waiting to retry";
    return `${reason} ${when}, attempt ${attempt}.`.trim();
  },
  failed: "Something went wrong.",
  retryNow: "Retry now",
  stop: "Stop",
};

function shortDuration(seconds: number): string {
  return seconds < 100 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}
