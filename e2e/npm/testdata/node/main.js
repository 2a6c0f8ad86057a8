import { retryStream } from "retrystream";

const retries = [];
const stream = retryStream(process.argv[2], {
  method: "POST",
  body: '{"stream":true}',
  delays: { initialMs: 1 },
  onRetry: ({ kind }) => retries.push(kind),
});
console.log(JSON.stringify({ text: await stream.text(), retries }));
