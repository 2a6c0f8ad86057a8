// A worker knows nothing of the page's import map.
import { retryStream } from "./node_modules/retrystream/dist/retrystream.js";

onmessage = async ({ data: url }) => {
  const retries = [];
  const stream = retryStream(url, {
    method: "POST",
    body: '{"stream":true}',
    delays: { initialMs: 1 },
    onRetry: ({ kind }) => retries.push(kind),
  });
  postMessage({ text: await stream.text().catch(String), retries });
};
