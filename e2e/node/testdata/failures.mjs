// Makes requests in Node that cannot succeed, two attempts each, and prints what
// came of each as a line of JSON: node failures.mjs LIBRARY URL... A URL's fragment
// is the request's redirect mode.
import { pathToFileURL } from "node:url";

const [library, ...urls] = process.argv.slice(2);
const { retryStream } = await import(pathToFileURL(library));

for (const address of urls) {
  const [url, redirect] = address.split("#");
  const retries = [];
  let error, detail;
  try {
    await retryStream(url, { redirect, maxAttempts: 2, delays: { initialMs: 1 }, onRetry: ({ kind }) => retries.push(kind) }).text();
  } catch ({ name, kind, detail: said }) {
    error = `${name} ${kind}`;
    detail = said;
  }
  console.log(JSON.stringify({ retries, error, detail }));
}
