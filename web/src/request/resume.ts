import { membersOf, requestOf } from "./options.ts";

/** The request for the rest of a reply that broke off, as Go describes it. */
export interface Resume {
  readonly url: string;
  /** Empty for that of the first request. */
  readonly method: string;
  readonly keepBody: boolean;
  /** A header to set; empty for none. */
  readonly headerName: string;
  readonly headerValue: string;
}

/** Makes the request for the rest out of the first one. */
export function resumed(input: string | URL | Request, init: RequestInit, resume: Resume): [string | URL | Request, RequestInit] {
  const first = requestOf(input);
  const headers = new Headers(init.headers ?? first?.headers);
  if (resume.headerName) headers.set(resume.headerName, resume.headerValue);
  if (resume.keepBody) return [input, { ...init, headers }];
  headers.delete("content-type");
  const { body: _, ...rest } = init;
  return [resume.url, { ...(first && membersOf(first)), ...rest, headers, method: resume.method }];
}
