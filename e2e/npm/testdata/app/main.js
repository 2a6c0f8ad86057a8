import { retryStream } from "retrystream";
import "retrystream/banner";

/** Reads a reply with the banner shown, and tells what was seen of it. */
globalThis.read = async (url) => {
  const retries = [];
  const stream = retryStream(url, {
    method: "POST",
    body: '{"stream":true}',
    delays: { initialMs: 60_000 },
    onRetry: ({ kind }) => retries.push(kind),
  });
  document.querySelector("retry-banner").stream = stream;
  return { text: await stream.text(), retries };
};

/** Does the same in a worker. */
globalThis.readInWorker = (url) => new Promise((resolve, reject) => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(url);
});
