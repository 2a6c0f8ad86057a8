//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
)

// bridge holds the streams that are running.
type bridge struct {
	host    host
	streams map[int]*session
	out     *records
	room    *wait.Room
	feeding bool
	offline bool
	done    chan struct{}
}

// session is one running stream.
type session struct {
	stream *stream.Stream
	cancel context.CancelFunc
	// attempt is the one whose body is being read; nil between attempts.
	attempt *stream.Attempt
}

func newBridge(h host) *bridge {
	return &bridge{host: h, streams: map[int]*session{}, done: make(chan struct{}), out: newRecords(), room: &wait.Room{OnHold: h.onHold, Turns: h.turns}}
}

// register gives the host its functions. The function returned takes them away
// and releases them.
func (b *bridge) register() (release func(), err error) {
	var funcs []safejs.Func
	names := []string{"start", "retryNow", "cancel", "setOnline", "wake", "hold"}
	release = func() {
		for i, f := range funcs {
			_ = b.host.object.Delete(names[i])
			f.Release()
		}
	}
	for i, run := range []func([]safejs.Value) error{b.start, b.retryNow, b.cancel, b.setOnline, b.wake, b.hold} {
		f, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
			defer b.crash()
			if err := run(args); err != nil {
				panic(err)
			}
			return nil
		})
		if err != nil {
			release()
			return nil, err
		}
		funcs = append(funcs, f)
		if err := b.host.object.Set(names[i], f); err != nil {
			release()
			return nil, err
		}
	}
	return release, b.host.object.Set("build", build)
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
	b.host.crashed(fmt.Sprint(r))
}

// start(id, options, roomKey) runs a stream.
func (b *bridge) start(args []safejs.Value) error {
	id, err := args[0].Int()
	if err != nil {
		return err
	}
	opts, err := readOptions(args[1])
	if err != nil {
		return err
	}
	if opts.RoomKey, err = args[2].String(); err != nil {
		return err
	}
	if opts.RoomKey != "" {
		opts.Room = b.room
	}
	opts.OnRetry = func(r event.ChatStreamRetry) { b.host.onRetry(id, r) }
	opts.OnStatus = func(s event.ChatStreamStatus) { b.host.onStatus(id, s) }
	relays, err := args[1].Get("holdMs")
	if err != nil {
		return err
	}
	if relays.IsUndefined() {
		opts.OnEvent = func(ev *stream.Event) {
			if b.feeding {
				b.out.add(ev) // allocates nothing
			} else {
				b.leave(id, func(out *records) { out.add(ev) })
			}
		}
	} else {
		opts.Relay = relay{b, id}
	}
	s := &session{}
	asks, err := args[1].Get("beforeRetry")
	if err != nil {
		return err
	}
	if asks.Type() == safejs.TypeFunction {
		opts.BeforeRetry = func(ctx context.Context, r stream.RetryContext) error {
			url, roomKey, err := b.host.beforeRetry(ctx, id, r)
			if url != "" {
				s.stream.SetURL(url)
				s.stream.SetRoomKey(roomKey)
			}
			return err
		}
	}
	s.stream = stream.New(opts)
	if b.offline {
		s.stream.SetOnline(false)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	b.streams[id] = s
	go b.run(ctx, id, s)
	return nil
}

// leave leaves records for TypeScript. It reads them when feed returns; what only
// the end of the body brought, at once.
func (b *bridge) leave(id int, add func(*records)) {
	if b.feeding {
		add(b.out)
		return
	}
	b.out.clear()
	add(b.out)
	b.out.publish()
	b.host.onRecords(id)
}

// relay notes what becomes of the bytes of a stream that are passed on.
type relay struct {
	b  *bridge
	id int
}

func (r relay) Pass(n int) { r.b.leave(r.id, func(out *records) { out.note(isPass, n) }) }

func (r relay) Drop(n int) { r.b.leave(r.id, func(out *records) { out.note(isDrop, n) }) }

func (r relay) Append(data []byte) {
	r.b.leave(r.id, func(out *records) {
		out.side = append(out.side, data...)
		out.note(isAppend, len(data))
	})
}

func (b *bridge) run(ctx context.Context, id int, s *session) {
	defer b.crash()
	defer s.cancel()
	unseen := false
	err := s.stream.Run(ctx, func(ctx context.Context, a *stream.Attempt) error {
		res, err := b.host.open(ctx, id, a)
		if err != nil || !a.Respond(res) {
			return err
		}
		s.attempt = a
		defer func() { s.attempt = nil }()
		err = b.host.pump(ctx, id)
		unseen = a.Unseen()
		return err
	})
	delete(b.streams, id)
	switch failed, ok := err.(*stream.Error); {
	case ok:
		b.host.done(id, failed.Wire().Object(), int(failed.Ending))
	case unseen:
		b.host.done(id, nil, endUnseen)
	default:
		b.host.done(id, nil, endComplete)
	}
}

// retryNow(id) ends the stream's current wait.
func (b *bridge) retryNow(args []safejs.Value) error {
	return b.with(args, func(s *session) { s.stream.RetryNow() })
}

// cancel(id) ends the stream.
func (b *bridge) cancel(args []safejs.Value) error {
	return b.with(args, func(s *session) { s.cancel() })
}

// setOnline(online) tells every stream whether there is a network.
func (b *bridge) setOnline(args []safejs.Value) error {
	online, err := args[0].Bool()
	b.offline = !online
	for _, s := range b.streams {
		s.stream.SetOnline(online)
	}
	return err
}

// wake() tells every stream that the device has slept.
func (b *bridge) wake([]safejs.Value) error {
	for _, s := range b.streams {
		s.stream.Wake()
	}
	return nil
}

// hold(roomKey, until) tells that other tabs wait, until in milliseconds since
// 1970. A moment in the past changes nothing.
func (b *bridge) hold(args []safejs.Value) error {
	key, err := args[0].String()
	if err != nil {
		return err
	}
	until, err := args[1].Float()
	b.room.HoldRemote(key, time.UnixMilli(int64(until)))
	return err
}

// with runs f on the session that the first argument names, if it still runs.
func (b *bridge) with(args []safejs.Value, f func(*session)) error {
	id, err := args[0].Int()
	if err != nil {
		return err
	}
	if s := b.streams[id]; s != nil {
		f(s)
	}
	return nil
}

// readOptions reads the options that TypeScript has checked already.
func readOptions(v safejs.Value) (o stream.Options, err error) {
	read := func(name string, into func(safejs.Value) error) {
		if err == nil {
			var member safejs.Value
			if member, err = v.Get(name); err == nil {
				err = into(member)
			}
		}
	}
	text := func(name string, set func(string)) {
		read(name, func(v safejs.Value) error {
			s, err := v.String()
			set(s)
			return err
		})
	}
	number := func(name string, set func(float64)) {
		read(name, func(v safejs.Value) error {
			n, err := v.Float()
			set(n)
			return err
		})
	}
	millis := func(name string, set *time.Duration) {
		number(name, func(ms float64) { *set = duration(ms) })
	}
	text("url", func(s string) { o.URL = s })
	text("provider", func(s string) { o.Provider = s })
	text("partial", func(s string) { o.Partial = stream.Partial(s) })
	text("jitter", func(s string) { o.Delays.Jitter = retry.Jitter(s) })
	number("maxAttempts", func(n float64) { o.MaxAttempts = int(n) })
	number("multiplier", func(n float64) { o.Delays.Multiplier = n })
	millis("initialMs", &o.Delays.Initial)
	millis("maxMs", &o.Delays.Max)
	millis("maxElapsedMs", &o.MaxElapsed)
	millis("maxRetryAfterMs", &o.MaxRetryAfter)
	millis("connectTimeoutMs", &o.ConnectTimeout)
	millis("silenceTimeoutMs", &o.SilenceTimeout)
	millis("progressTimeoutMs", &o.ProgressTimeout)
	return o, err
}

// duration turns milliseconds into a Duration. More than it holds is for ever.
func duration(ms float64) time.Duration {
	if ms > 1e12 {
		return -1
	}
	return time.Duration(ms * float64(time.Millisecond))
}
