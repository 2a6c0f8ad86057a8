// Reads replies in Node and prints, a line of JSON each, what came of them:
// node reply.mjs LIBRARY URL...
import { pathToFileURL } from "node:url";

const [library, ...urls] = process.argv.slice(2);
const { retryStream } = await import(pathToFileURL(library));

for (const url of urls) {
  const retries = [];
  const stream = retryStream(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ stream: true, messages: [{ role: "user", content: "Hello" }] }),
    onRetry: (retry) => retries.push(retry.kind),
  });
  let text = "", resets = 0, error;
  const { hash } = new URL(url);
  try {
    for await (const event of stream) {
      if (event.type === "reset") {
        resets++;
        text = "";
        continue;
      }
      text += event.text;
      if (hash === "#cancel" && text !== "") stream.cancel();
      if (hash === "#break" && text !== "") break;
    }
  } catch ({ name, kind, statusCode }) {
    error = [name, kind, statusCode].filter(Boolean).join(" ");
  }
  console.log(JSON.stringify({ text, resets, retries, error, phase: stream.status.phase }));
}
