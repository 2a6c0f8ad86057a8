package stream

import (
	"context"
	"sync"
	"time"

	"github.com/retrystream/retrystream/core/event"
)

const (
	// queuedAfter is how long only pings may come before the phase says so.
	queuedAfter = 5 * time.Second
	// wakeTimeout is how long a stream may stay silent after a sleep of the
	// device; its connection has seldom survived that.
	wakeTimeout = 10 * time.Second

	notWaiting = -1
)

// stallError says which clock ended an attempt.
type stallError struct{ what string }

func (e *stallError) Error() string { return "nothing came within the " + e.what }

func isStall(err error) bool {
	_, ok := err.(*stallError)
	return ok
}

// clocks watch over one attempt: one for the response's head, one for bytes, one
// for progress. One timer serves them all; it is set anew when it fires, not for
// each chunk, and what it fires for is decided by the clock.
type clocks struct {
	connect, silence, stuck time.Duration // 0 for never
	cancel                  context.CancelCauseFunc
	clock                   func() time.Duration

	// start and zero are the moment that the other times count from, as the time of
	// day and by the clock.
	start time.Time
	zero  time.Duration

	// bytes tells that some came since waiting was called, progress that what was fed
	// last got the reply further; they belong to whoever feeds.
	bytes, progress bool

	mu    sync.Mutex
	timer *time.Timer // nil while there is nothing to wait for
	over  bool
	head  bool // the response's head has come
	// parked: the page is slow, and the timer is not set until it reads again.
	parked bool
	// idleSince is when the wait for the next byte began, or notWaiting; idleLimit is
	// how long it may last. waited is how long was waited since the head came or the
	// reply last got further.
	idleSince, idleLimit, waited time.Duration
	// lastByte and lastProgress are when something came, 0 for never.
	lastByte, lastProgress time.Duration
}

func (c *clocks) begin(opts Options, cancel context.CancelCauseFunc) {
	c.connect, c.silence, c.stuck = opts.ConnectTimeout, max(opts.SilenceTimeout, 0), opts.ProgressTimeout
	c.cancel, c.start, c.clock = cancel, time.Now(), opts.Clock
	if c.clock == nil {
		c.clock = func() time.Duration { return time.Since(c.start) }
	}
	c.zero = c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idleLimit = c.silence
	c.set()
}

// now is the time since start.
func (c *clocks) now() time.Duration { return c.clock() - c.zero }

// set has check called when the first limit may have been reached.
func (c *clocks) set() {
	_, left, any := c.next()
	switch {
	case !any:
	case c.timer == nil:
		c.timer = time.AfterFunc(left, c.check)
	default:
		c.timer.Reset(left)
	}
}

// end stops the timer for good.
func (c *clocks) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// next returns the limit that is reached first and the time left until then; any
// is false when there is none.
func (c *clocks) next() (what string, left time.Duration, any bool) {
	now := c.now()
	limit := func(name string, length, since time.Duration) {
		if length <= 0 {
			return
		}
		if l := length - (now - since); !any || l < left {
			what, left, any = name, l, true
		}
	}
	idle := c.idleSince
	if idle == notWaiting {
		// The page is slow: its time counts for nobody.
		idle = now
	}
	limit("silence timeout", c.idleLimit, idle)
	limit("progress timeout", c.stuck, idle-c.waited)
	if !c.head {
		limit("connect timeout", c.connect, 0)
	}
	return what, left, any
}

func (c *clocks) check() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if what, left, any := c.next(); any && left <= 0 {
		c.cancel(&stallError{what})
		return
	}
	if c.parked = c.idleSince == notWaiting; !c.parked {
		c.set()
	}
}

// responded notes that the response's head has come.
func (c *clocks) responded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head = true
	c.hear()
	c.waited = 0
}

// fed notes that bytes of the body have come.
func (c *clocks) fed() {
	c.heard()
	c.bytes, c.progress = true, false
}

func (c *clocks) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hear()
}

func (c *clocks) hear() {
	now := c.now()
	if c.idleSince != notWaiting {
		c.waited += now - c.idleSince
	}
	c.idleSince, c.idleLimit = notWaiting, c.silence
	c.lastByte = max(now, 1) // 0 is never
}

// progressed notes that the reply got further by what was fed.
func (c *clocks) progressed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited, c.lastProgress = 0, c.lastByte
	c.progress = true
}

// everProgressed reports whether the reply got anywhere.
func (c *clocks) everProgressed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastProgress > 0
}

// waiting notes that the next byte is being waited for. It tells whether bytes
// came but have brought nothing of the reply for some time, and whether it has set
// the timer.
func (c *clocks) waiting() (queued, timed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	queued = c.bytes && c.waited >= queuedAfter
	c.bytes = false
	return queued, c.wait(c.now())
}

// wait sets the timer if check has left that to whoever waits next.
func (c *clocks) wait(now time.Duration) (timed bool) {
	c.idleSince = now
	if !c.parked {
		return false
	}
	c.parked = false
	if timed = !c.over; timed {
		c.set()
	}
	return timed
}

// skimmed does what fed, progressed and waiting do after one another.
func (c *clocks) skimmed() (timed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	c.waited, c.idleLimit = 0, c.silence
	c.lastByte, c.lastProgress = max(now, 1), max(now, 1)
	c.bytes, c.progress = false, true
	return c.wait(now)
}

// wake shortens the wait for the next byte after a sleep.
func (c *clocks) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.over || c.idleSince == notWaiting || c.idleLimit > 0 && c.idleSince+c.idleLimit <= now+wakeTimeout {
		return
	}
	c.waited += now - c.idleSince
	c.idleSince, c.idleLimit = now, wakeTimeout
	c.set()
}

// times adds when something came last to a status.
func (c *clocks) times(status *event.ChatStreamStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := func(d time.Duration) *time.Time {
		t := c.start.Add(d).UTC().Truncate(time.Millisecond)
		return &t
	}
	if c.lastByte > 0 {
		status.LastByteAt = at(c.lastByte)
	}
	if c.lastProgress > 0 {
		status.LastProgressAt = at(c.lastProgress)
	}
}
