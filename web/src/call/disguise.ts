/** A response with another body, which passes for the one that it stands for. */
export function withBody(real: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers } = real;
  // A server may send what a page may not make.
  return disguise(new Response(body, { status: Math.min(status, 599), statusText, headers }), real);
}

/** Lets a response pass for the one that it stands for. */
function disguise(response: Response, real: Response): Response {
  const { url, redirected, type, status } = real;
  return Object.defineProperties(response, {
    status: { value: status },
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
    clone: { value: () => disguise(Response.prototype.clone.call(response), real) },
  });
}
