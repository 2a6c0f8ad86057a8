// The library's types, by what they are of: their names may change.

type Library = typeof retrystream;

export type StreamOptions = NonNullable<Parameters<Library["retryStream"]>[1]>;
export type FetchOptions = NonNullable<Parameters<Library["createRetryFetch"]>[0]>;
export type Stream = ReturnType<Library["retryStream"]>;
export type Send = ReturnType<Library["createRetryFetch"]>;
export type StreamEvent = Stream extends AsyncIterable<infer E> ? E : never;
export type Batch = ReturnType<Stream["batches"]> extends AsyncIterable<infer B> ? B : never;
export type Status = Stream["status"];
export type Retry = Parameters<NonNullable<StreamOptions["onRetry"]>>[0];
export type BeforeRetry = NonNullable<StreamOptions["beforeRetry"]>;
export type Context = Parameters<BeforeRetry>[0];
