/** Calls a function of the page's, later: it may call back, and what it throws, or rejects with, is the page's to see and no harm to the call. */
export function notify<T>(listener: (value: T) => unknown, value: T): void {
  queueMicrotask(async () => {
    try {
      await listener(value);
    } catch (error) {
      if (typeof reportError === "function") reportError(error);
      else console.error(error);
    }
  });
}
