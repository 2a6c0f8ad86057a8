// Package stream is the life of one streamed reply: an attempt, its bytes, the
// verdict on how it ended, the wait, and the next attempt, until the reply is
// complete or nothing can help.
//
// The package sends no request itself. [Stream.Run] calls a function for each
// attempt; that function sends the request however it likes (net/http, a
// browser's fetch, a test's script) and hands what comes back to the [Attempt].
package stream

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	// DefaultMaxRetryAfter is the longest delay asked for by a provider that is
	// waited for, unless Options say otherwise.
	DefaultMaxRetryAfter = 5 * time.Minute
	// DefaultSilenceTimeout is how long a connection may stay without a single
	// byte, unless Options say otherwise.
	DefaultSilenceTimeout = 5 * time.Minute
)

// Options are what a caller may choose. The zero value is right for most.
type Options struct {
	// URL is where the requests go. It tells the provider, and appears in no
	// event, error or message.
	URL string
	// Provider overrides what the URL tells; "" and provider.Auto do not.
	Provider string
	// MaxAttempts limits the requests, the first included; 0 means no limit.
	MaxAttempts int
	// MaxRetryAfter is the longest delay asked for by a provider that is waited
	// for; a longer one ends the stream with that delay in the error. 0 means
	// DefaultMaxRetryAfter, a negative value no limit.
	MaxRetryAfter time.Duration
	// SilenceTimeout is how long to wait for the next byte, the response's head
	// included, before the attempt counts as stalled. 0 means
	// DefaultSilenceTimeout, a negative value for ever.
	SilenceTimeout time.Duration
	// MaxEventBytes bounds one event of the reply; 0 means
	// sse.DefaultMaxEventBytes.
	MaxEventBytes int

	// OnEvent is given each event of the reply, and a reset before the first
	// event of an attempt that voids what came before. May be nil.
	OnEvent func(Event)
	// OnRetry is told of each failed attempt that another one will follow. May
	// be nil: then the retries are silent.
	OnRetry func(event.ChatStreamRetry)
	// OnStatus is given the status whenever it changes. May be nil.
	OnStatus func(event.ChatStreamStatus)
}

// Event is one event of the reply, or a reset. Its slices are valid until the
// function it was given to returns.
type Event struct {
	// Reset is the number of the attempt that starts over, counted from 1; 0 in
	// an event of the reply. All text and events before it are void.
	Reset int
	// Event is the provider's event.
	sse.Event
	// Text is the reply text that the event adds, often empty.
	Text []byte
}

// Error says why a stream failed for good.
type Error struct {
	failure.Failure
	// Attempts is how many requests were made.
	Attempts int
	// Cause is the error of the last attempt.
	Cause error
}

func (e *Error) Error() string { return e.Cause.Error() }

// Unwrap gives the error of the last attempt.
func (e *Error) Unwrap() error { return e.Cause }

// Wire gives the error as pages see it.
func (e *Error) Wire() event.ChatStreamError {
	return event.ChatStreamError{
		Message: e.Message, Kind: e.Kind, Provider: e.Provider, Retryable: e.Retryable,
		StatusCode: e.StatusCode, Detail: e.Detail, Attempts: e.Attempts,
		RetryAfterMs: e.RetryAfter.Milliseconds(),
	}
}

// Stream is one streamed reply. Make it with New and run it once.
type Stream struct {
	opts     Options
	provider provider.Provider
	now      chan struct{}
	attempts int
	// dirty: an event of an attempt that has failed since was handed out.
	dirty bool

	mu     sync.Mutex
	status event.ChatStreamStatus
}

// New gives a stream that has not begun.
func New(opts Options) *Stream {
	if opts.MaxRetryAfter == 0 {
		opts.MaxRetryAfter = DefaultMaxRetryAfter
	}
	if opts.SilenceTimeout == 0 {
		opts.SilenceTimeout = DefaultSilenceTimeout
	}
	s := &Stream{opts: opts, provider: provider.Find(opts.URL, opts.Provider), now: make(chan struct{})}
	s.status = event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: 1, Provider: s.provider.ID()}
	return s
}

// Run makes attempts with do until the reply is complete, and returns nil then.
//
// do sends the request, calls Respond on the attempt with the response's head,
// hands over the body (ReadBody, or Waiting and Feed) where Respond asks for
// it, and returns the error of the transfer, nil at the body's clean end. It
// must end soon after its context does.
//
// A reply that cannot be had gives an *Error. When ctx ends, Run returns
// context.Cause of it.
func (s *Stream) Run(ctx context.Context, do func(context.Context, *Attempt) error) error {
	policy := retry.Policy{MaxAttempts: s.opts.MaxAttempts, MaxRetryAfter: max(s.opts.MaxRetryAfter, 0), Now: s.now}
	err := policy.Do(ctx, func(ctx context.Context) error {
		s.attempts++
		s.setStatus(event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: s.attempts})
		return s.attempt(ctx, do)
	}, s.onRetry)

	switch {
	case err == nil:
		s.setStatus(event.ChatStreamStatus{Phase: event.PhaseDone, Attempt: s.attempts})
		return nil
	case ctx.Err() != nil:
		s.setStatus(event.ChatStreamStatus{Phase: event.PhaseCanceled, Attempt: s.attempts})
		return context.Cause(ctx)
	}
	limit, limited := errors.AsType[*retry.LimitError](err)
	if limited {
		err = limit.Err
	}
	f := failure.Classify(err)
	switch {
	case !limited:
	case s.opts.MaxRetryAfter > 0 && f.RetryAfter > s.opts.MaxRetryAfter:
		f.Message += " It asks to wait " + inWords(f.RetryAfter) + "."
	default:
		f.Message = s.provider.FinalMessage(f.Kind)
	}
	s.setStatus(event.ChatStreamStatus{
		Phase: event.PhaseFailed, Attempt: s.attempts,
		Message: f.Message, Kind: f.Kind, StatusCode: f.StatusCode, Detail: f.Detail,
	})
	return &Error{Failure: f, Attempts: s.attempts, Cause: err}
}

// inWords gives a long wait in the unit that people would use, rounded up.
func inWords(d time.Duration) string {
	n, unit := int64((d+time.Minute-1)/time.Minute), " minutes"
	switch {
	case d > 48*time.Hour:
		n, unit = int64((d+24*time.Hour-1)/(24*time.Hour)), " days"
	case d > 120*time.Minute:
		n, unit = int64((d+time.Hour-1)/time.Hour), " hours"
	}
	if n == 1 {
		unit = unit[:len(unit)-1]
	}
	return strconv.FormatInt(n, 10) + unit
}

// RetryNow ends the current wait at once. Outside a wait it does nothing.
func (s *Stream) RetryNow() {
	select {
	case s.now <- struct{}{}:
	default:
	}
}

// Status gives the current status.
func (s *Stream) Status() event.ChatStreamStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Stream) setStatus(status event.ChatStreamStatus) {
	s.mu.Lock()
	status.Provider = s.provider.ID()
	s.status = status
	s.mu.Unlock()
	if s.opts.OnStatus != nil {
		s.opts.OnStatus(status)
	}
}

func (s *Stream) onRetry(attempt int, err error, delay time.Duration) {
	f := failure.Classify(err)
	// Milliseconds are what every browser reads in a date.
	at := time.Now().Add(delay).UTC().Truncate(time.Millisecond)
	ms := (delay + time.Millisecond - 1).Milliseconds()
	if s.opts.OnRetry != nil {
		s.opts.OnRetry(event.ChatStreamRetry{
			Attempt: attempt, DelayMs: ms, Error: f.Message, RetryingAt: at,
			Kind: f.Kind, Provider: f.Provider, StatusCode: f.StatusCode,
		})
	}
	s.setStatus(event.ChatStreamStatus{
		Phase: event.PhaseRetrying, Attempt: attempt, Message: f.Message, Kind: f.Kind,
		StatusCode: f.StatusCode, DelayMs: ms, RetryingAt: &at,
	})
}
