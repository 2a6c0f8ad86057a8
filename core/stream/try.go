package stream

import (
	"context"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

// try makes one attempt. One that fails for want of a network is none: it is
// made again once the network is back.
func (s *Stream) try(ctx context.Context, do func(context.Context, *Attempt) error) error {
	for {
		a := s.begun
		if s.begun = nil; a == nil {
			leave, err := s.ready(ctx)
			if err != nil {
				return err
			}
			a = s.begin(ctx, leave)
			a.run(do)
		}
		err := a.verdict(ctx)
		if err != nil {
			// Before the next stream may go.
			s.hold(failure.Classify(err))
			err = a.reconnection(err)
		}
		a.leave()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if s.reply.has == final {
			if s.reply.cut != nil && a.reported == 0 {
				err = s.reply.cut
			}
			f := failure.Classify(err)
			f.Retryable = false
			return &failure.Error{Failure: f, Cause: &stopError{attempt: err}}
		}
		// A limit is one of requests, and this one was sent.
		limited := s.opts.MaxAttempts > 0 || s.opts.MaxFruitlessAttempts > 0 || s.opts.BeforeRetry != nil
		if s.told.network() == nil || !lostNetwork(err) || limited {
			if a.doubt == unsaid {
				s.target.unsaid++
			}
			return s.repeated(err)
		}
		s.attempts--
	}
}

// ready waits for the network, and with the others of the Room. leave is that of enter.
func (s *Stream) ready(ctx context.Context) (leave func(), err error) {
	for {
		if err := s.awaitNetwork(ctx); err != nil {
			return nil, err
		}
		leave, err := s.enter(ctx)
		if err != nil || s.told.network() == nil {
			return leave, err
		}
		leave() // it was lost in the wait for the others
	}
}

// begin begins an attempt. leave is called as soon as the server serves: see enter.
func (s *Stream) begin(ctx context.Context, leave func()) *Attempt {
	if s.opts.Room != nil && !s.pause.alone {
		s.pause.early = s.opts.Room.Until(s.opts.RoomKey)
	}
	s.pause.alone, s.pause.begun = false, false
	s.attempts++
	s.told.set(event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: s.attempts})

	a := &Attempt{Number: s.attempts, leave: leave, reading: reading{stream: s}}
	s.last = a
	a.prepare()
	a.body.decoder.MaxEventBytes = s.opts.MaxEventBytes
	a.body.lines.MaxEventBytes = s.opts.MaxEventBytes
	a.sink, a.client = (*events)(&a.reading), (*nobody)(nil)
	if s.opts.Relay != nil {
		r := newRelay(&a.reading, s.opts.Relay)
		a.sink, a.client = r, r
	}
	var cancel context.CancelCauseFunc
	a.ctx, cancel = context.WithCancelCause(ctx)
	a.clocks.begin(s.opts, cancel)
	s.told.watch(&a.clocks)
	return a
}

// run makes the attempt with do, and judges it.
func (a *Attempt) run(do func(context.Context, *Attempt) error) {
	defer a.clocks.cancel(nil)
	defer a.stream.told.watch(nil)
	defer a.clocks.end()
	err := do(a.ctx, a)
	if stall, ok := context.Cause(a.ctx).(*stallError); ok {
		err = stall
	}
	a.judge(err)
}

// before asks whoever wants to be asked.
func (s *Stream) before(ctx context.Context, _ int, err error) error {
	f := failure.Classify(err)
	cause := s.opts.BeforeRetry(ctx, RetryContext{Attempt: s.attempts, Failure: f, ToolCall: s.last.reader.ToolCall()})
	if cause == nil && s.reply.has != final {
		return nil
	}
	return &stopError{err, cause, " It was not tried again: beforeRetry failed.", askedBefore}
}
