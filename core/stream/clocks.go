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
	limits limits
	zero   zero
	cancel context.CancelCauseFunc

	// bytes: some came since waiting was called. It belongs to whoever feeds.
	bytes bool
	// progress: what was fed last got the reply further. It belongs to whoever feeds.
	progress bool

	mu    sync.Mutex
	alarm alarm
	// head: the response's head has come.
	head bool
	idle idle
	// lastByte is when some byte came last, 0 for never.
	lastByte time.Duration
	// lastProgress is when the reply got further last, 0 for never.
	lastProgress time.Duration
}

// limits are how long an attempt may take to do what, 0 for ever.
type limits struct{ connect, silence, stuck time.Duration }

// zero is the moment that all times count from.
type zero struct {
	// clock is Options.Clock.
	clock func() time.Duration
	// start is the time of day.
	start time.Time
	// at is what the clock showed.
	at time.Duration
}

// now is the time since then.
func (z *zero) now() time.Duration { return z.clock() - z.at }

// alarm is what calls check.
type alarm struct {
	// timer is nil while there is nothing to wait for.
	timer *time.Timer
	// over: the attempt has ended.
	over bool
	// parked: the page is slow, and the timer is not set until it reads again.
	parked bool
}

// idle is how long nothing has come.
type idle struct {
	// since is when the wait for the next byte began, or notWaiting.
	since time.Duration
	// limit is how long it may last.
	limit time.Duration
	// waited is how long was waited since the head came or the reply last got further.
	waited time.Duration
}

func (c *clocks) begin(opts Options, cancel context.CancelCauseFunc) {
	c.limits = limits{opts.ConnectTimeout, max(opts.SilenceTimeout, 0), opts.ProgressTimeout}
	c.cancel, c.zero = cancel, zero{clock: opts.Clock, start: time.Now()}
	if c.zero.clock == nil {
		c.zero.clock = func() time.Duration { return time.Since(c.zero.start) }
	}
	c.zero.at = c.zero.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle.limit = c.limits.silence
	c.set()
}

// set has check called when the first limit may have been reached.
func (c *clocks) set() {
	_, left, any := c.next()
	switch {
	case !any:
	case c.alarm.timer == nil:
		c.alarm.timer = time.AfterFunc(left, c.check)
	default:
		c.alarm.timer.Reset(left)
	}
}

// end stops the timer for good.
func (c *clocks) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm.over = true
	if c.alarm.timer != nil {
		c.alarm.timer.Stop()
	}
}

// next returns the limit that is reached first and the time left until then; any
// is false when there is none.
func (c *clocks) next() (what string, left time.Duration, any bool) {
	now := c.zero.now()
	limit := func(name string, length, since time.Duration) {
		if length <= 0 {
			return
		}
		if l := length - (now - since); !any || l < left {
			what, left, any = name, l, true
		}
	}
	idle := c.idle.since
	if idle == notWaiting {
		// The page is slow: its time counts for nobody.
		idle = now
	}
	limit("silence timeout", c.idle.limit, idle)
	limit("progress timeout", c.limits.stuck, idle-c.idle.waited)
	if !c.head {
		limit("connect timeout", c.limits.connect, 0)
	}
	return what, left, any
}

func (c *clocks) check() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alarm.over {
		return
	}
	if what, left, any := c.next(); any && left <= 0 {
		c.cancel(&stallError{what})
		return
	}
	if c.alarm.parked = c.idle.since == notWaiting; !c.alarm.parked {
		c.set()
	}
}

// responded notes that the response's head has come.
func (c *clocks) responded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head = true
	c.hear()
	c.idle.waited = 0
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
	now := c.zero.now()
	if c.idle.since != notWaiting {
		c.idle.waited += now - c.idle.since
	}
	c.idle.since, c.idle.limit = notWaiting, c.limits.silence
	c.lastByte = max(now, 1) // 0 is never
}

// progressed notes that the reply got further by what was fed.
func (c *clocks) progressed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle.waited, c.lastProgress = 0, c.lastByte
	c.progress = true
}

// everProgressed reports whether the reply got anywhere.
func (c *clocks) everProgressed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastProgress > 0
}

// waiting notes that the next byte is being waited for. It returns whether bytes
// came but have brought nothing of the reply for some time, and whether it has set
// the timer.
func (c *clocks) waiting() (queued, timed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	queued = c.bytes && c.idle.waited >= queuedAfter
	c.bytes = false
	return queued, c.wait(c.zero.now())
}

// wait sets the timer if check has left that to whoever waits next.
func (c *clocks) wait(now time.Duration) (timed bool) {
	c.idle.since = now
	if !c.alarm.parked {
		return false
	}
	c.alarm.parked = false
	if timed = !c.alarm.over; timed {
		c.set()
	}
	return timed
}

// passed does what fed and progressed do after one another.
func (c *clocks) passed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := max(c.zero.now(), 1)
	c.idle = idle{since: notWaiting, limit: c.limits.silence}
	c.lastByte, c.lastProgress = now, now
	c.bytes, c.progress = true, true
}

// skimmed does what fed, progressed and waiting do after one another.
func (c *clocks) skimmed() (timed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.zero.now()
	c.idle.waited, c.idle.limit = 0, c.limits.silence
	c.lastByte, c.lastProgress = max(now, 1), max(now, 1)
	c.bytes, c.progress = false, true
	return c.wait(now)
}

// wake shortens the wait for the next byte after a sleep.
func (c *clocks) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.zero.now()
	if c.alarm.over || c.idle.since == notWaiting || c.idle.limit > 0 && c.idle.since+c.idle.limit <= now+wakeTimeout {
		return
	}
	c.idle.waited += now - c.idle.since
	c.idle.since, c.idle.limit = now, wakeTimeout
	c.set()
}

// times adds when something came last to a status.
func (c *clocks) times(status *event.ChatStreamStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := func(d time.Duration) *time.Time {
		t := c.zero.start.Add(d).UTC().Truncate(time.Millisecond)
		return &t
	}
	if c.lastByte > 0 {
		status.LastByteAt = at(c.lastByte)
	}
	if c.lastProgress > 0 {
		status.LastProgressAt = at(c.lastProgress)
	}
}
