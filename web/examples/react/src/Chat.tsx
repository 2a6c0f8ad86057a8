import { useState, type FormEvent } from "react";
import { useRetryStream } from "./useRetryStream";
import "retrystream/banner";

export function Chat() {
  const { text, stream, error, send } = useRetryStream();
  const [prompt, setPrompt] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    void send("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5", stream: true, messages: [{ role: "user", content: prompt }] }),
    });
  }

  return (
    <form onSubmit={submit}>
      <p>{text}</p>
      {error instanceof Error && <p role="alert">{error.message}</p>}
      <retry-banner stream={stream} />
      <label>Message <input value={prompt} onChange={(event) => setPrompt(event.target.value)} /></label>
      <button>Send</button>
    </form>
  );
}
