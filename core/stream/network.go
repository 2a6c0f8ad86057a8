package stream

import (
	"context"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

// SetOnline tells the stream that the device has lost its network, or has it
// again. Without a network no attempt is made, and one that fails for want of it
// does not count, unless something limits the requests: it was sent. When the
// network is back a wait is over, unless the server asked for it: a delay is a
// floor, network or not. A stream is online until it is told otherwise. OnStatus
// may be called before SetOnline returns, and must not call it.
func (s *Stream) SetOnline(online bool) {
	s.mu.Lock()
	status := s.status
	switch {
	case online == (s.offline == nil):
		s.mu.Unlock()
		return
	case online:
		close(s.offline)
		s.offline = nil
	default:
		s.offline = make(chan struct{})
	}
	wait := s.wait
	s.mu.Unlock()
	switch {
	case !online && status.Phase == event.PhaseRetrying:
		// Unless the wait is over by now.
		s.setStatusIf(func() bool { return s.offline != nil && s.status.Phase == event.PhaseRetrying },
			event.ChatStreamStatus{Phase: event.PhaseOffline, Attempt: status.Attempt})
	case !online || status.Phase != event.PhaseOffline:
	case !s.asked.Load():
		// The wait was for a server that could not be reached.
		s.endWait()
	case wait.RetryingAt != nil && time.Now().Before(*wait.RetryingAt):
		s.setStatusIf(func() bool { return s.offline == nil && s.status.Phase == event.PhaseOffline }, wait)
	}
}

// showOffline says that the stream waits for the network, if it does, and once.
func (s *Stream) showOffline(attempt int) {
	s.setStatusIf(func() bool { return s.offline != nil && s.status.Phase != event.PhaseOffline },
		event.ChatStreamStatus{Phase: event.PhaseOffline, Attempt: attempt})
}

// Wake tells the stream that the device has slept. A wait whose time has passed
// ends at once, and a connection that stays silent now is given up soon.
func (s *Stream) Wake() {
	s.mu.Lock()
	at, attempt := s.status.RetryingAt, s.attempt
	s.mu.Unlock()
	if attempt != nil {
		attempt.clocks.wake()
	}
	// Round drops the monotonic clock, which may have stood still in the sleep.
	if at != nil && !time.Now().Round(0).Before(*at) {
		s.endWait()
	}
}

// network returns a channel that is closed when the network is back, nil if it is
// there.
func (s *Stream) network() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offline
}

// awaitNetwork waits for the network.
func (s *Stream) awaitNetwork(ctx context.Context) error {
	for {
		back := s.network()
		if back == nil {
			return nil
		}
		s.showOffline(max(s.attempts, 1))
		select {
		case <-back:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// lostNetwork reports whether an attempt may have failed for want of a network.
func lostNetwork(err error) bool {
	switch failure.Classify(err).Kind {
	case failure.Network, failure.Offline, failure.Truncated, failure.Stalled, failure.Timeout:
		return true
	}
	return false
}

func (s *Stream) setAttempt(a *Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a == nil {
		s.attempt.clocks.times(&s.status)
	}
	s.attempt = a
}
