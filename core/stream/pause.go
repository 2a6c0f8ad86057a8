package stream

import (
	"sync/atomic"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

// pause is the wait before an attempt.
type pause struct {
	// now receives a value to end the wait.
	now chan struct{}
	// begun: one has begun since the latest attempt.
	begun bool
	// asked: the server asked for the one that goes on.
	asked atomic.Bool
	// pressed: Retry now ended the one before the next attempt.
	pressed atomic.Bool
	// alone: the next attempt does not wait with the others of the Room.
	alone bool
	// early is the end of the hold during which the attempt began all the same; zero
	// if there is none.
	early time.Time
}

// end ends the wait at once, and returns false outside one.
func (p *pause) end() bool {
	select {
	case p.now <- struct{}{}:
		return true
	default:
		return false
	}
}

// press is end for whoever pressed Retry now.
func (p *pause) press() {
	if p.end() {
		p.pressed.Store(true)
	}
}

// onRetry tells of a failed attempt that another one follows. The number that it is
// given counts the attempts at one target, and is not used.
func (s *Stream) onRetry(_ int, err error, delay time.Duration) {
	f, attempt := failure.Classify(err), s.attempts
	s.pause.begun = true
	s.pause.asked.Store(f.RetryAfter > 0)
	// Milliseconds are what every browser reads in a date.
	at := time.Now().Add(delay).UTC().Truncate(time.Millisecond)
	ms := roundUp(delay, time.Millisecond)
	if s.opts.OnRetry != nil {
		s.opts.OnRetry(event.ChatStreamRetry{
			Attempt: attempt, DelayMs: ms, Error: f.Message, RetryingAt: at,
			Kind: f.Kind, Provider: f.Provider, StatusCode: f.StatusCode,
		})
	}
	s.told.setWait(event.ChatStreamStatus{
		Phase: event.PhaseRetrying, Attempt: attempt, Message: f.Message, Kind: f.Kind,
		StatusCode: f.StatusCode, DelayMs: ms, RetryingAt: &at,
	})
}

// roundUp is how many units of time the delay takes, 0 for one that is negative.
func roundUp(d, unit time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d-1)/unit) + 1 // the longest Duration must not overflow
}
