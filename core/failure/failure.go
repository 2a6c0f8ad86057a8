// Package failure says what went wrong with a request to a model provider and
// whether another try can help.
//
// A [Failure] is the verdict: its kind, whether it may be retried, how long the
// provider asked to wait, and a message fit for a person. An [Error] is a
// Failure that travels as a Go error. [Classify] turns any error into a
// Failure; the package provider turns HTTP responses and stream events into
// one.
//
// The rule that decides everything else: what is not known to be retryable is
// not retried, unless the place where it failed speaks for it. Then it is
// Presumed to pass, and is worth a few attempts rather than any number.
package failure

import "time"

// Kind names what went wrong. The strings are part of the wire format: pages
// see them as the kind of a retry, a status and an error.
type Kind string

const (
	// RateLimit: too many requests or tokens for now; waiting helps.
	RateLimit Kind = "rate_limit"
	// Overloaded: the provider has no capacity for anybody; waiting helps.
	Overloaded Kind = "overloaded"
	// UsageLimit: quota, credit or spend limit used up; waiting does not help.
	UsageLimit Kind = "usage_limit"
	// Auth: the key is missing, wrong or revoked.
	Auth Kind = "auth"
	// Permission: the key is good but may not do this.
	Permission Kind = "permission"
	// ContextExceeded: the conversation is longer than the model can read.
	ContextExceeded Kind = "context_exceeded"
	// ModelNotFound: no such model, or not for this account.
	ModelNotFound Kind = "model_not_found"
	// InvalidRequest: the provider understood the request and refused it.
	InvalidRequest Kind = "invalid_request"
	// ContentFilter: a safety system refused the prompt or the reply.
	ContentFilter Kind = "content_filter"
	// Server: the provider failed by its own account (5xx and the like).
	Server Kind = "server"
	// Timeout: somebody on the way gave up waiting.
	Timeout Kind = "timeout"
	// Network: the connection was refused, reset or lost.
	Network Kind = "network"
	// Truncated: the stream ended without its provider's end signal.
	Truncated Kind = "truncated"
	// Empty: the reply is whole and has nothing in it.
	Empty Kind = "empty"
	// Stalled: the connection is open but nothing comes.
	Stalled Kind = "stalled"
	// Offline: this device has no network.
	Offline Kind = "offline"
	// Blocked: the browser itself refuses the request (CORS, CSP, mixed content).
	Blocked Kind = "blocked"
	// Canceled: the user or the program stopped it.
	Canceled Kind = "canceled"
	// Unknown: nothing here recognises it.
	Unknown Kind = "unknown"
)

// Failure is the verdict on one failed attempt.
type Failure struct {
	// Kind is what went wrong; never empty in a Failure made by this module.
	Kind Kind
	// Provider is the provider's id, such as "anthropic"; empty when unknown.
	Provider string
	// StatusCode is the HTTP status, 0 when there was none. A failure inside a
	// 200 response has the status that the provider gives that failure outside
	// a stream where the provider documents one, otherwise 0.
	StatusCode int
	// Retryable reports whether the same request can succeed in another attempt.
	Retryable bool
	// Presumed reports whether the verdict rests on where it failed alone, as nothing in
	// it was recognised: such a failure is retried a few times, not without limit.
	Presumed bool
	// RetryAfter is the delay the provider asked for; 0 when it asked for none.
	RetryAfter time.Duration
	// Message is one or two sentences for a person: what happened and, where
	// nothing will be retried, what to do. It never holds provider text.
	Message string
	// Detail is what the provider said, at most 500 characters, without
	// secrets; untrusted text, and often empty.
	Detail string
}
