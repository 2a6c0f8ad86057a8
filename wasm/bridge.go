//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/stream"
)

// bridge holds the streams that are running.
type bridge struct {
	host    host
	streams map[int]*session
	out     *records
	feeding bool
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
	return &bridge{host: h, streams: map[int]*session{}, done: make(chan struct{}), out: newRecords()}
}

// register gives the host its functions: start, retryNow and cancel. The
// function returned takes them away and releases them.
func (b *bridge) register() (release func(), err error) {
	var funcs []safejs.Func
	names := []string{"start", "retryNow", "cancel"}
	release = func() {
		for i, f := range funcs {
			_ = b.host.object.Delete(names[i])
			f.Release()
		}
	}
	for i, run := range []func([]safejs.Value) error{b.start, b.retryNow, b.cancel} {
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

// start(id, options) runs a stream.
func (b *bridge) start(args []safejs.Value) error {
	id, err := args[0].Int()
	if err != nil {
		return err
	}
	opts, err := readOptions(args[1])
	if err != nil {
		return err
	}
	opts.OnRetry = func(r event.ChatStreamRetry) { b.host.onRetry(id, r) }
	opts.OnStatus = func(s event.ChatStreamStatus) { b.host.onStatus(id, s) }
	opts.OnEvent = func(ev *stream.Event) {
		if b.feeding {
			b.out.add(ev) // read when feed returns
		} else {
			b.send(id, ev)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{stream: stream.New(opts), cancel: cancel}
	b.streams[id] = s
	go b.run(ctx, id, s)
	return nil
}

// send has an event read at once that only the end of the body completed.
func (b *bridge) send(id int, ev *stream.Event) {
	b.out.clear()
	b.out.add(ev)
	b.out.publish()
	b.host.onRecords(id)
}

func (b *bridge) run(ctx context.Context, id int, s *session) {
	defer b.crash()
	defer s.cancel()
	err := s.stream.Run(ctx, func(ctx context.Context, a *stream.Attempt) error {
		res, err := b.host.open(ctx, id, a.Number)
		if err != nil || !a.Respond(res) {
			return err
		}
		s.attempt = a
		defer func() { s.attempt = nil }()
		return b.host.pump(ctx, id)
	})
	delete(b.streams, id)
	if failed, ok := err.(*stream.Error); ok {
		b.host.done(id, failed.Wire().Object())
	} else {
		b.host.done(id, nil)
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
	if o.URL, err = stringOf(v, "url"); err != nil {
		return o, err
	}
	if o.Provider, err = stringOf(v, "provider"); err != nil {
		return o, err
	}
	if o.MaxAttempts, err = intOf(v, "maxAttempts"); err != nil {
		return o, err
	}
	if o.MaxRetryAfter, err = millis(v, "maxRetryAfterMs"); err != nil {
		return o, err
	}
	o.SilenceTimeout, err = millis(v, "silenceTimeoutMs")
	return o, err
}

// millis reads a number of milliseconds. More than a Duration holds is for ever.
func millis(object safejs.Value, name string) (time.Duration, error) {
	v, err := object.Get(name)
	if err != nil {
		return 0, err
	}
	ms, err := v.Float()
	if ms > 1e12 {
		return -1, err
	}
	return time.Duration(ms * float64(time.Millisecond)), err
}
