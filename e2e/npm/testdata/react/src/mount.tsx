// Mounts and unmounts a component that asks as soon as it is there.
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { useRetryStream } from "./useRetryStream";

function Asking({ url }: { url: string }) {
  const { text, error, send } = useRetryStream();
  useEffect(() => void send(url, { method: "POST", body: '{"stream":true}' }), [url, send]);
  return <p>{error === null ? text : String(error)}</p>;
}

const root = createRoot(document.getElementById("root")!);
Object.assign(globalThis, {
  mount: (url: string) => root.render(<StrictMode><Asking url={url} /></StrictMode>),
  unmount: () => root.render(null),
});
