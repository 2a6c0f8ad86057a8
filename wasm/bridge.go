//go:build js && wasm

package main

import (
	"context"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
	"github.com/retrystream/retrystream/wasm/border"
)

// bridge holds the calls that are running.
type bridge struct {
	host  host
	calls map[int32]*call
	in    []byte // what TypeScript has written for the next call
	out   *records
	json  []byte // what the host is told
	room  *wait.Room
	// turns are those asked for among all tabs and not left; closed when granted.
	turns    map[int32]chan struct{}
	lastTurn int32
	feeding  bool
	offline  bool
	// texts is the memory for what feedText keeps back, of a stream that has ended.
	texts []byte
	// latest is the call that was fed last.
	latest *call
	// zero is when the page's clock began, and at what it shows while TypeScript's
	// call is served that told, 0 otherwise.
	zero time.Time
	at   time.Duration
	done chan struct{}
	// next takes a call that one of the idle goroutines is to run.
	next chan *call
	idle int
}

// maxIdle is how many goroutines are kept that have nothing to run.
const maxIdle = 4

func newBridge(h host) *bridge {
	b := &bridge{host: h, calls: map[int32]*call{}, done: make(chan struct{}), next: make(chan *call), out: newRecords(), turns: map[int32]chan struct{}{}}
	b.room = &wait.Room{OnHold: h.onHold, Turns: b.turn}
	return b
}

// crash is deferred at every edge where Go is entered. A panic is a bug: it is
// reported, so that every running stream can reject, and ends the program.
func (b *bridge) crash() {
	r := recover()
	if r == nil {
		return
	}
	select {
	case <-b.done:
		return // reported before
	default:
	}
	close(b.done)
	reason := "panic"
	switch r := r.(type) {
	case error:
		reason = r.Error()
	case string:
		reason = r
	}
	b.host.crashed(reason)
}

// start begins a call's stream; in is what border.Start begins. It reports whether its
// first attempt has begun: then nothing waits for it, and the page's side makes it and
// settles it. Otherwise a goroutine runs the stream.
func (b *bridge) start(id int32, in []byte) (begun bool) {
	begin := border.ReadStart(in)
	opts := begin.Options(in)
	c := &call{id: id, host: b.host, settled: make(chan settlement, 1), texts: b.texts}
	b.texts = nil
	if key := begin.RoomKey.In(in); key != "" {
		opts.Room, opts.RoomKey = b.room, key
	}
	opts.OnRetry = func(r event.ChatStreamRetry) {
		b.json = r.AppendJSON(b.json[:0])
		b.host.retry(id, b.json)
	}
	opts.OnStatus = func(s event.ChatStreamStatus) {
		lastByte, lastProgress := milliseconds(s.LastByteAt), milliseconds(s.LastProgressAt)
		s.LastByteAt, s.LastProgressAt = nil, nil
		b.json = s.AppendJSON(b.json[:0])
		hostStatus(id, text(b.json), lastByte, lastProgress)
	}
	opts.Clock, opts.Body, opts.Sent = b.clock, c.body, begin.Sent != 0
	if begin.Relays != 0 {
		opts.Relay = relay{b, id}
	} else {
		opts.OnEvent = func(ev *stream.Event) {
			if b.feeding {
				b.out.add(ev) // allocates nothing
			} else {
				b.leave(id, func(out *records) { out.add(ev) })
			}
		}
	}
	if begin.Asks != 0 {
		opts.BeforeRetry = c.beforeRetry
	}
	if begin.FallsBack != 0 {
		opts.Fallback = c.fallback
	}
	var err error
	if c.stream, err = stream.New(opts); err != nil {
		panic(err) // TypeScript has checked the options, so that this is a bug
	}
	if b.offline {
		c.stream.SetOnline(false)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	b.calls[id] = c
	if a := c.stream.Begin(c.ctx); a != nil {
		c.attempt = a
		c.unwatch = context.AfterFunc(a.Context(), func() { hostAbort(id) })
		return true
	}
	b.goRun(c)
	return false
}

// settle ends the attempt that start has begun; err is the error of the transfer. It
// reports whether a goroutine runs on.
func (b *bridge) settle(c *call, err error) (runs bool) {
	c.unwatch()
	c.unseen, c.attempt, c.unwatch = c.attempt.Unseen(), nil, nil
	b.leaveText(c)
	if c.stream.Finish(err) {
		c.cancel()
		b.end(c, nil)
		return false
	}
	b.goRun(c)
	return true
}

// goRun has a goroutine run a call's stream.
func (b *bridge) goRun(c *call) {
	select {
	case b.next <- c:
	default:
		go b.runAll(c)
	}
}

// runAll runs streams one after another: a goroutine that has run one has the stack
// that the next one needs, and a stack that grows is copied a few times.
func (b *bridge) runAll(c *call) {
	defer b.crash()
	for {
		b.run(c)
		if b.idle == maxIdle {
			return
		}
		b.idle++
		c = nil // and nothing else of it
		c = <-b.next
		b.idle--
	}
}

// milliseconds are those since 1970, 0 for never.
func milliseconds(t *time.Time) float64 {
	if t == nil {
		return 0
	}
	return float64(t.UnixMilli())
}

// enter returns the attempt of a stream that is being read, if there is one, and sets
// the clock.
func (b *bridge) enter(id int32, now float64) *stream.Attempt {
	b.at = time.Duration(now * float64(time.Millisecond))
	if b.latest == nil || b.latest.id != id {
		if b.latest = b.calls[id]; b.latest == nil {
			return nil
		}
	}
	return b.latest.attempt
}

// clock returns the time by the page's clock. To ask for it takes as long as to read
// an event.
func (b *bridge) clock() time.Duration {
	if b.at != 0 {
		return b.at
	}
	return time.Since(b.zero)
}

// leave leaves records for TypeScript. It reads them when feed returns; what only
// the end of the body brought, at once.
func (b *bridge) leave(id int32, add func(*records)) {
	if b.feeding {
		add(b.out)
		return
	}
	b.out.clear()
	b.out.textOnly = false
	add(b.out)
	b.out.publish()
	hostRecords(id, false)
}

// relay notes what becomes of the bytes of a stream that are passed on.
type relay struct {
	b  *bridge
	id int32
}

func (r relay) Pass(n int) {
	if r.b.feeding {
		r.b.out.note(border.IsPass, n) // allocates nothing
		return
	}
	r.b.leave(r.id, func(out *records) { out.note(border.IsPass, n) })
}

func (r relay) Drop(n int) { r.b.leave(r.id, func(out *records) { out.note(border.IsDrop, n) }) }

func (r relay) Append(data []byte) {
	r.b.leave(r.id, func(out *records) {
		out.side = append(out.side, data...)
		out.note(border.IsAppend, len(data))
	})
}

// turn asks for a turn among the streams of all tabs. There is none to wait for
// where the other tabs have no part in the room.
func (b *bridge) turn(key string) (granted <-chan struct{}, leave func()) {
	b.lastTurn++
	id := b.lastTurn
	if !b.host.turn(id, key) {
		return nil, func() {}
	}
	turn := make(chan struct{})
	b.turns[id] = turn
	return turn, func() {
		delete(b.turns, id)
		b.host.leave(id)
	}
}

func (b *bridge) run(c *call) {
	defer c.cancel()
	b.end(c, c.stream.Run(c.ctx, func(ctx context.Context, a *stream.Attempt) error {
		defer b.leaveText(c)
		return c.do(ctx, a)
	}))
}

// end ends a call; err is what its stream's Run has returned.
func (b *bridge) end(c *call, err error) {
	b.texts = emptied(c.texts)
	delete(b.calls, c.id)
	if b.latest == c {
		b.latest = nil
	}
	b.json = b.json[:0]
	ending := border.EndComplete
	if failed, ok := err.(*stream.Error); ok {
		b.json = failed.Wire().AppendJSON(b.json)
		ending = border.Ending(failed.Ending)
	} else if c.unseen {
		ending = border.EndUnseen
	}
	hostDone(c.id, text(b.json), ending)
}
