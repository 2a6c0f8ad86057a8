package stream

import (
	"sync"

	"github.com/retrystream/retrystream/core/event"
)

// statuses are what is told of a stream: one at a time, in their order.
type statuses struct {
	// onStatus is told; it may be nil.
	onStatus func(event.ChatStreamStatus)
	// telling has a token in it while onStatus is told. It is taken before mu.
	telling chan struct{}

	mu sync.Mutex
	// now is the current status.
	now event.ChatStreamStatus
	// wait is the status of the latest wait.
	wait event.ChatStreamStatus
	// provider is the id of who answers.
	provider string
	// clocks are those of the attempt that is being made, nil between attempts.
	clocks *clocks
	// back is closed when the network is back; nil while it is there.
	back chan struct{}
}

// current returns the current status.
func (t *statuses) current() event.ChatStreamStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	status := t.now
	if t.clocks != nil {
		t.clocks.times(&status)
	}
	return status
}

// set sets the status and tells it.
func (t *statuses) set(status event.ChatStreamStatus) { t.setIf(nil, status) }

// setIf does so where fits, called with the lock held, reports that the status fits
// what is so now; nil where every status does.
func (t *statuses) setIf(fits func() bool, status event.ChatStreamStatus) {
	t.telling <- struct{}{}
	defer func() { <-t.telling }()
	t.mu.Lock()
	if fits != nil && !fits() {
		t.mu.Unlock()
		return
	}
	status.Provider = t.provider
	status.LastByteAt, status.LastProgressAt = t.now.LastByteAt, t.now.LastProgressAt
	if t.clocks != nil {
		t.clocks.times(&status)
	}
	t.now = status
	t.mu.Unlock()
	if t.onStatus != nil {
		t.onStatus(status)
	}
}

// setWait tells that the stream waits until a moment, or for the network.
func (t *statuses) setWait(wait event.ChatStreamStatus) {
	t.mu.Lock()
	t.wait = wait
	t.mu.Unlock()
	t.set(wait)
	t.setOffline(wait.Attempt)
}

// setOffline tells that the stream waits for the network, if it does, and once.
func (t *statuses) setOffline(attempt int) {
	t.setIf(func() bool { return t.back != nil && t.now.Phase != event.PhaseOffline },
		event.ChatStreamStatus{Phase: event.PhaseOffline, Attempt: attempt})
}

// setProvider notes who answers.
func (t *statuses) setProvider(id string) {
	t.mu.Lock()
	t.provider = id
	t.mu.Unlock()
}

// watch has the statuses show the times of an attempt from now on; nil, that they
// keep those of the one that has ended.
func (t *statuses) watch(c *clocks) {
	t.mu.Lock()
	if c == nil {
		t.clocks.times(&t.now)
	}
	t.clocks = c
	t.mu.Unlock()
}
