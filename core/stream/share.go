package stream

import (
	"context"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

// enter waits with the other streams of the Room while one of them was told to wait.
// leave lets the next one go: it is to be called when the response's head has come or
// the attempt has ended.
func (s *Stream) enter(ctx context.Context) (leave func(), err error) {
	// Whoever pressed Retry now in the wait before has chosen.
	if s.opts.Room == nil || s.pause.alone || s.pause.pressed.Swap(false) {
		return func() {}, nil
	}
	defer s.pause.pressed.Store(false)
	within := ctx
	if left := s.opts.MaxElapsed - time.Since(s.began); s.attempts > 0 && left > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeoutCause(ctx, left, s.last.err) // by which the policy ends
		defer cancel()
	}
	return s.opts.Room.Enter(within, s.opts.RoomKey, s.pause.now, func(until time.Time) {
		at := until.UTC().Truncate(time.Millisecond)
		s.pause.asked.Store(true)
		s.told.setWait(event.ChatStreamStatus{
			Phase: event.PhaseRetrying, Attempt: max(s.attempts, 1), Kind: failure.RateLimit,
			Message: s.target.provider.Failure(failure.RateLimit, 0).Message,
			DelayMs: max(time.Until(at), 0).Milliseconds(), RetryingAt: &at,
		})
	})
}

// hold has all streams wait that would ask the same server, unless this one
// would not wait that long itself.
func (s *Stream) hold(f failure.Failure) {
	tooLong := s.opts.MaxRetryAfter > 0 && f.RetryAfter > s.opts.MaxRetryAfter
	if s.opts.Room != nil && f.Retryable && f.RetryAfter > 0 && !tooLong {
		s.opts.Room.Hold(s.opts.RoomKey, time.Now().Add(f.RetryAfter))
	}
}

// served ends a hold that proved too long: the server serves before its end.
func (s *Stream) served() {
	if !s.pause.early.IsZero() {
		s.opts.Room.Lift(s.opts.RoomKey, s.pause.early)
	}
}
