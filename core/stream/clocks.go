package stream

import (
	"context"
	"sync"
	"sync/atomic"
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
	// day and by the clock. idleSince is when the wait for
	// the next byte began, or notWaiting; idleLimit is how long it may last.
	// waited is how long was waited since the head came or the reply last got
	// further.
	start                        time.Time
	zero                         time.Duration
	idleSince, idleLimit, waited atomic.Int64
	head                         atomic.Bool
	// parked: the page is slow, and the timer is not set until it reads again.
	parked atomic.Bool

	mu    sync.Mutex
	timer *time.Timer // nil while there is nothing to wait for
	over  bool

	// lastByte and lastProgress are when something came, 0 for never. bytes tells
	// that some came since waiting was called, progress that what was fed last got
	// the reply further; they belong to whoever feeds.
	lastByte, lastProgress atomic.Int64
	bytes, progress        bool
}

func (c *clocks) begin(opts Options, cancel context.CancelCauseFunc) {
	c.connect, c.silence, c.stuck = opts.ConnectTimeout, max(opts.SilenceTimeout, 0), opts.ProgressTimeout
	c.cancel, c.start, c.clock = cancel, time.Now(), opts.Clock
	if c.clock == nil {
		c.clock = func() time.Duration { return time.Since(c.start) }
	}
	c.zero = c.clock()
	c.idleLimit.Store(int64(c.silence))
	c.mu.Lock()
	defer c.mu.Unlock()
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

// next gives the limit that is reached first and the time left until then; any
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
	idle := time.Duration(c.idleSince.Load())
	if idle == notWaiting {
		// The page is slow: its time counts for nobody.
		idle = now
	}
	limit("silence timeout", time.Duration(c.idleLimit.Load()), idle)
	limit("progress timeout", c.stuck, idle-time.Duration(c.waited.Load()))
	if !c.head.Load() {
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
	if c.parked.Store(true); c.idleSince.Load() == notWaiting {
		return // waiting sets the timer again
	}
	c.parked.Store(false)
	c.set()
}

// responded notes that the response's head has come.
func (c *clocks) responded() {
	c.head.Store(true)
	c.heard()
	c.waited.Store(0)
}

// fed notes that bytes of the body have come.
func (c *clocks) fed() {
	c.heard()
	c.bytes, c.progress = true, false
}

func (c *clocks) heard() {
	now := int64(c.now())
	if since := c.idleSince.Swap(notWaiting); since != notWaiting {
		c.waited.Add(now - since)
	}
	c.idleLimit.Store(int64(c.silence))
	c.lastByte.Store(max(now, 1)) // 0 is never
}

// progressed notes that the reply got further by what was fed. Most chunks tell
// so many times.
func (c *clocks) progressed() {
	if c.progress {
		return
	}
	c.waited.Store(0)
	c.lastProgress.Store(c.lastByte.Load())
	c.progress = true
}

// waiting notes that the next byte is being waited for. It tells whether bytes
// came but have brought nothing of the reply for some time, and whether it has set
// the timer.
func (c *clocks) waiting() (queued, timed bool) {
	queued = c.bytes && time.Duration(c.waited.Load()) >= queuedAfter
	c.bytes = false
	c.idleSince.Store(int64(c.now()))
	if c.parked.CompareAndSwap(true, false) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if timed = !c.over; timed {
			c.set()
		}
	}
	return queued, timed
}

// wake shortens the wait for the next byte after a sleep.
func (c *clocks) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, limit := c.idleSince.Load(), c.idleLimit.Load()
	now := int64(c.now())
	if c.over || since == notWaiting || limit > 0 && since+limit <= now+int64(wakeTimeout) {
		return
	}
	if !c.idleSince.CompareAndSwap(since, now) {
		return // a byte came just now
	}
	c.waited.Add(now - since)
	c.idleLimit.Store(int64(wakeTimeout))
	c.set()
}

// times adds when something came last to a status.
func (c *clocks) times(status *event.ChatStreamStatus) {
	at := func(d int64) *time.Time {
		t := c.start.Add(time.Duration(d)).UTC().Truncate(time.Millisecond)
		return &t
	}
	if d := c.lastByte.Load(); d > 0 {
		status.LastByteAt = at(d)
	}
	if d := c.lastProgress.Load(); d > 0 {
		status.LastProgressAt = at(d)
	}
}
