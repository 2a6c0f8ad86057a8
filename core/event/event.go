// Package event holds the types that a page sees while a reply streams: the union
// ChatStreamEvent, and what its events say, which callbacks get by itself. A
// server that retries on the page's behalf publishes the same objects, so a
// page needs one banner for both. The TypeScript types are generated from this
// package by `make types`.
package event

import (
	"time"

	"github.com/retrystream/retrystream/core/failure"
)

// ChatStreamMessage is one server-sent event of the provider.
type ChatStreamMessage struct {
	// Event is the event's name, "message" where the provider gave none.
	Event string `json:"event"`
	// Data is the event's payload as sent: JSON with most providers.
	Data string `json:"data"`
	// ID is the last event id seen so far, empty where the provider sends none.
	ID string `json:"id"`
	// Text is the reply text that this event adds, often empty.
	Text string `json:"text"`
}

// ChatStreamReset says that everything received so far is void.
type ChatStreamReset struct {
	// Attempt is the number of the attempt that starts over, counted from 1.
	Attempt int `json:"attempt"`
}

// ChatStreamRetry says that an attempt failed and when the next one starts. It
// is the object given to onRetry, and what a server publishes.
type ChatStreamRetry struct {
	// Attempt is the number of the attempt that failed, counted from 1; it is
	// also the number of the retry that follows.
	Attempt int `json:"attempt"`
	// DelayMs is the wait before the next attempt, in milliseconds.
	DelayMs int64 `json:"delay_ms"`
	// Error is one sentence for a person: why the attempt failed.
	Error string `json:"error"`
	// RetryingAt is the moment the next attempt starts. A countdown should show
	// the time left until then rather than count ticks.
	RetryingAt time.Time `json:"retrying_at"`
	// Kind is what went wrong.
	Kind failure.Kind `json:"kind,omitempty"`
	// Provider is the provider's id, such as "anthropic".
	Provider string `json:"provider,omitempty"`
	// StatusCode is the HTTP status, absent when there was none.
	StatusCode int `json:"status_code,omitempty"`
}

// Phase is where a stream is in its life.
type Phase string

const (
	// PhaseConnecting: the request is sent, no response yet.
	PhaseConnecting Phase = "connecting"
	// PhaseStreaming: the response is being read.
	PhaseStreaming Phase = "streaming"
	// PhaseQueued: the connection is alive, but for some seconds it has brought
	// nothing of the reply, only pings or comments.
	PhaseQueued Phase = "queued"
	// PhaseRetrying: an attempt failed; the next one starts at retrying_at.
	PhaseRetrying Phase = "retrying"
	// PhaseOffline: the device has no network; the stream goes on when it is back.
	PhaseOffline Phase = "offline"
	// PhaseDone: the reply is complete.
	PhaseDone Phase = "done"
	// PhaseFailed: the stream failed for good.
	PhaseFailed Phase = "failed"
	// PhaseCanceled: the page stopped the stream.
	PhaseCanceled Phase = "canceled"
)

// ChatStreamStatus is the state of one stream, complete at any moment.
type ChatStreamStatus struct {
	Phase Phase `json:"phase"`
	// Attempt is the number of the current attempt, counted from 1; while
	// retrying, of the one that failed.
	Attempt int `json:"attempt"`
	// Message is one sentence for a person; set while retrying and when failed, and
	// when done if there is something to know about the reply.
	Message string `json:"message,omitempty"`
	// Kind is what went wrong; set while retrying and when failed.
	Kind failure.Kind `json:"kind,omitempty"`
	// Provider is the provider's id, such as "anthropic", once it is known.
	Provider string `json:"provider,omitempty"`
	// StatusCode is the HTTP status of the failure, absent when there was none.
	StatusCode int `json:"status_code,omitempty"`
	// Detail is what the provider said, without secrets; untrusted text. Set
	// when failed.
	Detail string `json:"detail,omitempty"`
	// DelayMs is the whole wait in milliseconds; set while retrying.
	DelayMs int64 `json:"delay_ms,omitempty"`
	// RetryingAt is the moment the next attempt starts; set while retrying.
	RetryingAt *time.Time `json:"retrying_at,omitempty"`
	// LastByteAt is when the latest byte of any response came, absent before the
	// first one.
	LastByteAt *time.Time `json:"last_byte_at,omitempty"`
	// LastProgressAt is when the reply itself last got further: pings and
	// comments are no progress. Absent before the first.
	LastProgressAt *time.Time `json:"last_progress_at,omitempty"`
}

// ChatStreamError says why a stream failed for good.
type ChatStreamError struct {
	// Message is one or two sentences for a person: what happened, what to do.
	Message string `json:"message"`
	// Kind is what went wrong.
	Kind failure.Kind `json:"kind,omitempty"`
	// Provider is the provider's id, such as "anthropic".
	Provider string `json:"provider,omitempty"`
	// Retryable tells whether the same request may succeed later.
	Retryable bool `json:"retryable"`
	// StatusCode is the HTTP status, absent when there was none.
	StatusCode int `json:"status_code,omitempty"`
	// Detail is what the provider said, without secrets; untrusted text.
	Detail string `json:"detail,omitempty"`
	// Attempts is how many requests were made.
	Attempts int `json:"attempts"`
	// RetryAfterMs is the delay the provider asked for, in milliseconds, absent
	// when it asked for none.
	RetryAfterMs int64 `json:"retry_after_ms,omitempty"`
}
