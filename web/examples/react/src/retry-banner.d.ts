// Tells React's types of the element.
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { RetryBanner } from "retrystream/banner";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "retry-banner": DetailedHTMLProps<HTMLAttributes<RetryBanner>, RetryBanner> & Partial<Pick<RetryBanner, "stream" | "labels">>;
    }
  }
}
