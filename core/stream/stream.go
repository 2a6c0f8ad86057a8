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
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/sse"
)

// Event is one event of the reply, or a reset.
type Event struct {
	// Reset is the number of the attempt that starts over, counted from 1; 0 in
	// an event of the reply. All text and events before it are void.
	Reset int
	// Event is the provider's event.
	sse.Event
	// Text is the reply text that the event adds, often empty.
	Text []byte
	// Facts is what else the event states: reasoning, tool calls, usage, the reason to
	// finish. It is nil unless Options.Facts is set, in a reset, and in streams whose
	// API is not known. It is valid until OnEvent returns.
	Facts *provider.Facts
}

// Stream is one streamed reply. Make it with New and run it once.
type Stream struct {
	opts Options
	// target is where the attempts go.
	target target
	// reply is what the readers have.
	reply reply
	// pause is the wait between two attempts.
	pause pause
	// told is what is told of the stream.
	told statuses
	// began is when Run did.
	began time.Time
	// attempts is how many were made.
	attempts int
	// last is the latest attempt.
	last *Attempt
	// begun is the attempt that Begin returned, which is still to be judged.
	begun *Attempt
}

// New returns a stream that has not begun, or an *OptionError for the first option that
// cannot be meant. The module of a page refuses nothing: its options are checked before
// they get there.
func New(opts Options) (*Stream, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	who := provider.Find(opts.URL, opts.Provider)
	s := &Stream{opts: opts, target: target{url: opts.URL, provider: who}, reply: newReply(&opts)}
	s.pause.now, s.pause.alone = make(chan struct{}), opts.Sent
	s.told.onStatus, s.told.telling, s.told.provider = opts.OnStatus, make(chan struct{}, 1), who.ID()
	s.told.now = event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: 1, Provider: who.ID()}
	return s, nil
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
	policy := retry.Policy{
		MaxAttempts: s.opts.MaxAttempts, MaxFruitlessAttempts: s.opts.MaxFruitlessAttempts,
		MaxElapsed: s.opts.MaxElapsed, MaxRetryAfter: max(s.opts.MaxRetryAfter, 0),
		Delays: s.opts.Delays, Random: s.opts.Random, Now: s.pause.now,
		Progress: func(error) bool { return s.reply.gained },
	}
	if s.opts.BeforeRetry != nil {
		policy.Before = s.before // which takes from the wait what it lasts
	}
	if s.begun == nil {
		s.began = time.Now()
	} else if policy.MaxElapsed > 0 {
		policy.MaxElapsed = max(policy.MaxElapsed-time.Since(s.began), 1)
	}
	var err error
	if s.begun != nil && ctx.Err() != nil {
		err = s.try(ctx, do) // its reply may be complete all the same
	} else {
		err = s.serve(ctx, policy, do)
	}
	switch {
	case err == nil:
		return s.done()
	case ctx.Err() != nil:
		s.told.set(event.ChatStreamStatus{Phase: event.PhaseCanceled, Attempt: s.attempts})
		return context.Cause(ctx)
	}
	return s.conclude(err)
}

// RetryNow ends the current wait at once. Outside a wait it does nothing.
func (s *Stream) RetryNow() { s.pause.press() }

// Status returns the current status; its times are at most as old as the wait for
// the next bytes.
func (s *Stream) Status() event.ChatStreamStatus { return s.told.current() }
