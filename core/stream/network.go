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
	t := &s.told
	status, wait, changed := t.setNetwork(online)
	switch {
	case !changed:
	case !online && status.Phase == event.PhaseRetrying:
		// Unless the wait is over by now.
		t.setIf(func() bool { return t.back != nil && t.now.Phase == event.PhaseRetrying },
			event.ChatStreamStatus{Phase: event.PhaseOffline, Attempt: status.Attempt})
	case !online || status.Phase != event.PhaseOffline:
	case !s.pause.asked.Load():
		// The wait was for a server that could not be reached.
		s.pause.end()
	case wait.RetryingAt != nil && time.Now().Before(*wait.RetryingAt):
		t.setIf(func() bool { return t.back == nil && t.now.Phase == event.PhaseOffline }, wait)
	}
}

// Wake tells the stream that the device has slept. A wait whose time has passed
// ends at once, and a connection that stays silent now is given up soon.
func (s *Stream) Wake() {
	t := &s.told
	t.mu.Lock()
	at, clocks := t.now.RetryingAt, t.clocks
	t.mu.Unlock()
	if clocks != nil {
		clocks.wake()
	}
	// Round drops the monotonic clock, which may have stood still in the sleep.
	if at != nil && !time.Now().Round(0).Before(*at) {
		s.pause.end()
	}
}

// setNetwork notes whether there is a network. It returns the current status and
// that of the latest wait, and whether anything has changed.
func (t *statuses) setNetwork(online bool) (now, wait event.ChatStreamStatus, changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case online == (t.back == nil):
		return now, wait, false
	case online:
		close(t.back)
		t.back = nil
	default:
		t.back = make(chan struct{})
	}
	return t.now, t.wait, true
}

// network returns a channel that is closed when the network is back, nil if it is
// there.
func (t *statuses) network() <-chan struct{} {
	t.mu.Lock()
	back := t.back
	t.mu.Unlock()
	return back
}

// awaitNetwork waits for the network.
func (s *Stream) awaitNetwork(ctx context.Context) error {
	for {
		back := s.told.network()
		if back == nil {
			return nil
		}
		s.told.setOffline(max(s.attempts, 1))
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
