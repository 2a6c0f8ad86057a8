import { useCallback, useEffect, useRef, useState } from "react";
import { retryStream, type RetryStream } from "retrystream";

interface Reply {
  text: string;
  /** For <retry-banner>. */
  stream: RetryStream | null;
  /** Set when no further attempt will follow. */
  error: unknown;
}

/** One reply at a time: send asks for it, and ends the one before. So does unmounting. */
export function useRetryStream(): Reply & { send: (...request: Parameters<typeof retryStream>) => Promise<void> } {
  const [reply, setReply] = useState<Reply>({ text: "", stream: null, error: null });
  const latest = useRef<RetryStream>(null);
  useEffect(() => () => latest.current?.cancel(), []);

  const send = useCallback(async (...request: Parameters<typeof retryStream>) => {
    latest.current?.cancel();
    const stream = (latest.current = retryStream(...request));
    let text = "";
    const show = (error: unknown = null) => {
      if (latest.current === stream) setReply({ text, stream, error });
    };
    show();
    try {
      for await (const batch of stream.batches()) {
        text = batch.reset ? batch.text : text + batch.text;
        show();
      }
    } catch (error) {
      if (stream.status.phase !== "canceled") show(error);
    }
  }, []);
  return { ...reply, send };
}
