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
	"sync"
	"sync/atomic"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
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
	opts     Options
	url      string // where the next request goes
	provider provider.Provider
	now      chan struct{}
	// attempts are all that were made, earlier those at targets that have failed.
	attempts, earlier int
	// began is when Run did.
	began time.Time
	// shown is what whoever reads the events or the bytes has seen of the reply.
	shown shown
	// texts: text of the reply was handed out; toolCall: a whole tool call was.
	texts, toolCall bool
	// broken is what read the attempt that broke off, if the next one may go on
	// from there; gained: that attempt got further than the one before.
	broken *provider.Reader
	gained bool
	// cut is why the reply broke off that may go on, lost why the latest attempt failed.
	cut, lost error
	// row is of the attempts that ended alike. unsaid counts those whose server never
	// said that the reply was complete, empties those whose reply was empty.
	row             row
	unsaid, empties int
	// waited: a wait has begun since the latest attempt.
	waited bool
	// last is the latest attempt.
	last *Attempt
	// handed is what the reader of a relayed body has.
	handed handed
	// asked: the server asked for the wait that goes on.
	asked atomic.Bool
	// pressed: Retry now ended the wait before the next attempt.
	pressed atomic.Bool
	// alone: the next attempt does not wait with the others of the Room.
	alone bool
	// early is the end of the hold during which the attempt began all the same;
	// zero if there is none.
	early time.Time

	// telling has a token in it while OnStatus is told. It is taken before mu.
	telling chan struct{}

	mu      sync.Mutex
	status  event.ChatStreamStatus
	wait    event.ChatStreamStatus // the status of the latest wait
	attempt *Attempt
	// offline is closed when the network is back; nil while it is there.
	offline chan struct{}
}

// New returns a stream that has not begun, or an *OptionError for the first option that
// cannot be meant. The module of a page refuses nothing: its options are checked before
// they get there.
func New(opts Options) (*Stream, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	s := &Stream{opts: opts, url: opts.URL, provider: provider.Find(opts.URL, opts.Provider), alone: opts.Sent, now: make(chan struct{}), telling: make(chan struct{}, 1)}
	s.status = event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: 1, Provider: s.provider.ID()}
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
		Delays: s.opts.Delays, Random: s.opts.Random, Now: s.now,
		Progress: func(error) bool { return s.gained },
	}
	if s.opts.BeforeRetry != nil {
		policy.Before = s.before // which takes from the wait what it lasts
	}
	s.began = time.Now()
	err := s.serve(ctx, policy, do)
	switch {
	case err == nil:
		return s.done()
	case ctx.Err() != nil:
		s.setStatus(event.ChatStreamStatus{Phase: event.PhaseCanceled, Attempt: s.attempts})
		return context.Cause(ctx)
	}
	return s.conclude(err)
}

// try makes one attempt. One that fails for want of a network is none: it is
// made again once the network is back.
func (s *Stream) try(ctx context.Context, do func(context.Context, *Attempt) error) error {
	for {
		if err := s.awaitNetwork(ctx); err != nil {
			return err
		}
		leave, err := s.enter(ctx)
		if err != nil {
			return err
		}
		if s.network() != nil { // it was lost in the wait for the others
			leave()
			continue
		}
		if s.opts.Room != nil && !s.alone {
			s.early = s.opts.Room.Until(s.opts.RoomKey)
		}
		s.alone, s.waited = false, false
		s.attempts++
		s.setStatus(event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: s.attempts})
		err = s.run(ctx, leave, do)
		if err != nil {
			s.lost = err
			// Before the next stream may go.
			s.hold(failure.Classify(err))
			err = s.last.reconnection(err)
		}
		leave()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if s.isFinal() {
			if s.cut != nil && !s.last.reported {
				err = s.cut
			}
			f := failure.Classify(err)
			f.Retryable = false
			return &failure.Error{Failure: f, Cause: &stopError{attempt: err}}
		}
		// A limit is one of requests, and this one was sent.
		limited := s.opts.MaxAttempts > 0 || s.opts.MaxFruitlessAttempts > 0 || s.opts.BeforeRetry != nil
		if s.network() == nil || !lostNetwork(err) || limited {
			if s.last.doubt == unsaid {
				s.unsaid++
			}
			return s.repeated(err)
		}
		s.attempts--
	}
}

// isFinal reports whether what was handed out forbids another attempt.
func (s *Stream) isFinal() bool {
	if s.opts.Relay != nil {
		return s.shown != blank && s.broken == nil
	}
	return s.opts.Partial == PartialFail && s.texts
}

// before asks whoever wants to be asked.
func (s *Stream) before(ctx context.Context, _ int, err error) error {
	f := failure.Classify(err)
	cause := s.opts.BeforeRetry(ctx, RetryContext{Attempt: s.attempts, Failure: f, ToolCall: s.toolCall})
	if cause == nil && !s.isFinal() {
		return nil
	}
	return &stopError{err, cause, " It was not tried again: beforeRetry failed.", askedBefore}
}

// SetURL tells that the next attempts go elsewhere. It may be called in
// BeforeRetry. At another origin the URL tells the provider, as in a Target.
func (s *Stream) SetURL(url string) {
	s.url = url
	s.setProvider(s.providerAt(url))
	s.row = row{}
	s.startOver()
}

// setProvider notes who answers. Only Run's goroutine does; others may look.
func (s *Stream) setProvider(p provider.Provider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.provider = p
}

// startOver has the next attempt begin from nothing.
func (s *Stream) startOver() {
	s.broken = nil
	s.shown.revoke()
}

// RetryNow ends the current wait at once. Outside a wait it does nothing.
func (s *Stream) RetryNow() {
	if s.endWait() {
		s.pressed.Store(true)
	}
}

// endWait ends the current wait, and returns false outside one.
func (s *Stream) endWait() bool {
	select {
	case s.now <- struct{}{}:
		return true
	default:
		return false
	}
}

// Status returns the current status; its times are at most as old as the wait for
// the next bytes.
func (s *Stream) Status() event.ChatStreamStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	if s.attempt != nil {
		s.attempt.clocks.times(&status)
	}
	return status
}

func (s *Stream) setStatus(status event.ChatStreamStatus) {
	s.setStatusIf(func() bool { return true }, status)
}

// setStatusIf sets the status where fits, called with the lock held, says that it
// fits what is so now. Statuses are told one at a time, in their order.
func (s *Stream) setStatusIf(fits func() bool, status event.ChatStreamStatus) {
	s.telling <- struct{}{}
	defer func() { <-s.telling }()
	s.mu.Lock()
	if !fits() {
		s.mu.Unlock()
		return
	}
	status.Provider = s.provider.ID()
	status.LastByteAt, status.LastProgressAt = s.status.LastByteAt, s.status.LastProgressAt
	if s.attempt != nil {
		s.attempt.clocks.times(&status)
	}
	s.status = status
	s.mu.Unlock()
	if s.opts.OnStatus != nil {
		s.opts.OnStatus(status)
	}
}

// onRetry tells of a failed attempt that another one follows. The number that it is
// given counts the attempts at one target, and is not used.
func (s *Stream) onRetry(_ int, err error, delay time.Duration) {
	f, attempt := failure.Classify(err), s.attempts
	s.waited = true
	s.asked.Store(f.RetryAfter > 0)
	// Milliseconds are what every browser reads in a date.
	at := time.Now().Add(delay).UTC().Truncate(time.Millisecond)
	ms := roundUp(delay, time.Millisecond)
	if s.opts.OnRetry != nil {
		s.opts.OnRetry(event.ChatStreamRetry{
			Attempt: attempt, DelayMs: ms, Error: f.Message, RetryingAt: at,
			Kind: f.Kind, Provider: f.Provider, StatusCode: f.StatusCode,
		})
	}
	s.showWait(event.ChatStreamStatus{
		Phase: event.PhaseRetrying, Attempt: attempt, Message: f.Message, Kind: f.Kind,
		StatusCode: f.StatusCode, DelayMs: ms, RetryingAt: &at,
	})
}

// showWait says that the stream waits until a moment, or for the network.
func (s *Stream) showWait(wait event.ChatStreamStatus) {
	s.mu.Lock()
	s.wait = wait
	s.mu.Unlock()
	s.setStatus(wait)
	s.showOffline(wait.Attempt)
}
