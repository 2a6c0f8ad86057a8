import { build, type Api, type Reply } from "./input.ts";
import { textOf } from "./paths.ts";
import { realFetch } from "./source.ts";

interface Recording {
  readonly file: string;
  readonly api: string;
  readonly path: string;
}

const hosts: Readonly<Record<Api, string>> = {
  "openai-chat": "https://api.openai.com",
  "openai-responses": "https://api.openai.com",
  "anthropic-messages": "https://api.anthropic.com",
  gemini: "https://generativelanguage.googleapis.com",
};

/** The streams recorded from providers, each one whole reply. */
export async function recordings(): Promise<Reply[]> {
  const manifest = (await (await realFetch("/recordings/manifest.json")).json()) as Recording[];
  return Promise.all(
    manifest.map(async ({ file, api, path }) => {
      const wire = await (await realFetch(`/recordings/${file}`)).text();
      return build(api as Api, hosts[api as Api] + path, events(api as Api, wire));
    }),
  );
}

/** Splits a stream at its blank lines, in the plainest way there is. A comment goes with the event after it. */
function* events(api: Api, wire: string) {
  let before = "";
  for (const block of wire.match(/[\s\S]*?(?:\r\n\r\n|\n\n)|[\s\S]+$/g) ?? []) {
    const lines = block.split(/\r?\n/).filter((line) => line.startsWith("data:"));
    if (lines.length === 0) {
      before += block;
      continue;
    }
    const data = lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
    yield { wire: before + block, data, text: textOf[api](data) };
    before = "";
  }
}
