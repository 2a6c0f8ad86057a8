package stream_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// The tests in the files life_*_test.go tell of each stream as a person would see
// it: which phase came when, counted from the call of Run.

const (
	end        = stop + done
	ping       = ": ping\n\n"
	claudeURL  = "https://api.anthropic.com/v1/messages"
	claudePing = "event: ping\ndata: {\"type\":\"ping\"}\n\n"
	claudeOpen = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"
)

// mustNew returns a stream with options that New accepts.
func mustNew(opts stream.Options) *stream.Stream {
	s, err := stream.New(opts)
	if err != nil {
		panic(err)
	}
	return s
}

// call is what one attempt meets.
type call = func(context.Context, *stream.Attempt) error

// step is a chunk of a reply.
type step struct {
	after time.Duration // how long it is waited for
	chunk string
	hold  time.Duration // how long the page then reads nothing
}

// steps returns n times the same step.
func steps(n int, s step) (all []step) {
	for range n {
		all = append(all, s)
	}
	return all
}

// drip answers with a head and then with each step, and keeps silent if these end
// the attempt in no way.
func drip(head time.Duration, all ...step) call {
	return dripTo((*stream.Attempt).Feed, func(a *stream.Attempt) { a.Waiting() }, head, all...)
}

// dripTo is drip; feed takes the chunks, and wait is called before the next one is
// waited for.
func dripTo(feed func(*stream.Attempt, []byte) bool, wait func(*stream.Attempt), head time.Duration, all ...step) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		if !sleep(ctx, head) {
			return ctx.Err()
		}
		if !a.Respond(provider.Response{StatusCode: 200, Header: func(string) string { return "" }}) {
			return nil
		}
		a.Waiting()
		for i, s := range all {
			if i > 0 {
				wait(a)
			}
			if !sleep(ctx, s.after) {
				return ctx.Err()
			}
			more := feed(a, []byte(s.chunk))
			if !sleep(ctx, s.hold) {
				return ctx.Err()
			}
			if !more {
				return nil
			}
		}
		if len(all) > 0 {
			wait(a)
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

// beginLate answers with a head, whose body nobody reads at first.
func beginLate(hold time.Duration, first step) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		a.Respond(provider.Response{StatusCode: 200, Header: func(string) string { return "" }})
		if !sleep(ctx, hold) {
			return ctx.Err()
		}
		a.Waiting()
		if !sleep(ctx, first.after) {
			return ctx.Err()
		}
		a.Feed([]byte(first.chunk))
		return nil
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// refuse fails each attempt after a while without any response.
func refuse(after time.Duration) call { return delayed(after, play(response{refuse: errReset})) }

// delayed makes the call after a while.
func delayed(after time.Duration, do call) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		if !sleep(ctx, after) {
			return ctx.Err()
		}
		return do(ctx, a)
	}
}

// life is one stream and all that was seen of it.
type life struct {
	*stream.Stream
	start time.Time

	mu       sync.Mutex
	statuses []event.ChatStreamStatus
	story    []string // each phase and when it came
	retries  []event.ChatStreamRetry
	text     string
	resets   []int
	numbers  []int             // of the attempts made
	ctxs     []context.Context // theirs
	open     bool              // one of them outlived Run
	err      error
	took     time.Duration
}

func live(opts stream.Options) *life {
	l := &life{start: time.Now()}
	if opts.URL == "" {
		opts.URL = chatURL
	}
	opts.OnStatus = func(s event.ChatStreamStatus) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.statuses = append(l.statuses, s)
		l.story = append(l.story, string(s.Phase)+" "+time.Since(l.start).String())
	}
	opts.OnRetry = func(r event.ChatStreamRetry) { l.retries = append(l.retries, r) }
	opts.OnEvent = func(ev *stream.Event) {
		if ev.Reset > 0 {
			l.resets = append(l.resets, ev.Reset)
			l.text = ""
		}
		l.text += string(ev.Text)
	}
	l.Stream = mustNew(opts)
	return l
}

// run answers each request with the next call and then with the last.
func (l *life) run(ctx context.Context, calls ...call) *life {
	// Whatever goes wrong, the test ends.
	ctx, cancel := context.WithTimeout(ctx, 1000*time.Hour)
	defer cancel()
	l.start = time.Now()
	l.err = l.Run(ctx, func(ctx context.Context, a *stream.Attempt) error {
		do := calls[min(len(l.ctxs), len(calls)-1)]
		l.numbers, l.ctxs = append(l.numbers, a.Number), append(l.ctxs, ctx)
		return do(ctx, a)
	})
	l.took = time.Since(l.start)
	for _, ctx := range l.ctxs {
		l.open = l.open || ctx.Err() == nil
	}
	return l
}

// at calls f at that time of the test.
func at(d time.Duration, f func()) { time.AfterFunc(d, f) }

func (l *life) tale() string { return strings.Join(l.story, ", ") }

func (l *life) last() event.ChatStreamStatus { return l.statuses[len(l.statuses)-1] }

func (l *life) failed(t *testing.T) *stream.Error {
	t.Helper()
	var failed *stream.Error
	require.ErrorAs(t, l.err, &failed)
	return failed
}

// inBubble runs f in virtual time, which fails when a goroutine stays behind.
func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// TestLeavesNothingBehind: no timer, goroutine or context outlives Run.
func TestLeavesNothingBehind(t *testing.T) {
	good := play(ok(delta("Hi"), stop))
	for name, tc := range map[string]struct {
		opts    stream.Options
		calls   []call
		disturb func(*life, context.CancelFunc)
	}{
		"good":     {calls: []call{good}},
		"all on":   {opts: stream.Options{ConnectTimeout: time.Minute, ProgressTimeout: time.Minute}, calls: []call{good}},
		"retried":  {calls: []call{play(response{status: 503}), good}},
		"final":    {calls: []call{play(response{status: 401})}},
		"stalled":  {opts: stream.Options{MaxAttempts: 1}, calls: []call{drip(0)}},
		"canceled": {calls: []call{drip(0)}, disturb: func(_ *life, stop context.CancelFunc) { at(time.Second, stop) }},
		"woken": {calls: []call{drip(0, step{20 * time.Second, end, 0}), good}, disturb: func(l *life, _ context.CancelFunc) {
			at(time.Second, l.Wake)
		}},
		"woken before its end": {calls: []call{drip(0, step{2 * time.Second, end, 0})}, disturb: func(l *life, _ context.CancelFunc) {
			at(time.Second, l.Wake)
		}},
		"offline for a while": {calls: []call{good}, disturb: func(l *life, _ context.CancelFunc) {
			l.SetOnline(false)
			at(time.Second, func() { l.SetOnline(true) })
		}},
		"canceled offline": {calls: []call{good}, disturb: func(l *life, stop context.CancelFunc) {
			l.SetOnline(false)
			at(time.Second, stop)
		}},
	} {
		inBubble(t, name, func(t *testing.T) {
			var timers []*time.Timer
			ctx, cancel := context.WithCancel(t.Context())
			l := live(tc.opts)
			for i, do := range tc.calls {
				tc.calls[i] = func(ctx context.Context, a *stream.Attempt) error {
					if timer := stream.TimerOf(a); timer != nil {
						timers = append(timers, timer)
					}
					return do(ctx, a)
				}
			}
			if tc.disturb != nil {
				tc.disturb(l, cancel)
			}
			l.run(ctx, tc.calls...)
			for _, timer := range timers {
				assert.False(t, timer.Stop(), "a timer still ran")
			}
			assert.False(t, l.open, "each attempt's context has ended")
			l.SetOnline(false)
			l.Wake()
			l.SetOnline(true)
			l.RetryNow()
			said := len(l.story)
			time.Sleep(time.Hour)
			assert.Len(t, l.story, said, "nothing is said of a stream that is over")
			cancel()
		})
	}
}
