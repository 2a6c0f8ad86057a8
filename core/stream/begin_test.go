package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/testdata"
	"github.com/retrystream/retrystream/core/wait"
)

// diary is all that is told of a stream, and when.
type diary struct {
	start time.Time
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, time.Since(d.start).String()+" "+fmt.Sprintf(format, args...))
}

func (d *diary) Pass(n int)      { d.note("pass %d", n) }
func (d *diary) Drop(n int)      { d.note("drop %d", n) }
func (d *diary) Append(b []byte) { d.note("append %q", b) }

// way is how a host runs a stream.
type way func(context.Context, *stream.Stream, call) error

func byRun(ctx context.Context, s *stream.Stream, do call) error { return s.Run(ctx, do) }

// byBegin makes the first attempt without Run where it can.
func byBegin(ctx context.Context, s *stream.Stream, do call) error {
	if a := s.Begin(ctx); a != nil && s.Finish(do(a.Context(), a)) {
		return nil
	}
	return s.Run(ctx, do)
}

// keep runs a stream and returns its diary. disturb may do things to it meanwhile.
func (w way) keep(ctx context.Context, opts stream.Options, relays bool, disturb func(*stream.Stream, context.CancelFunc), do call) []string {
	d := &diary{start: time.Now()}
	if relays {
		opts.Relay = d
	} else {
		opts.OnEvent = func(ev *stream.Event) { d.note("event %d %q %q %q %q", ev.Reset, ev.Type, ev.ID, ev.Data, ev.Text) }
	}
	opts.OnRetry = func(r event.ChatStreamRetry) { d.note("retry %s", r.AppendJSON(nil)) }
	opts.OnStatus = func(s event.ChatStreamStatus) { d.note("status %s", s.AppendJSON(nil)) }
	s := mustNew(opts)
	ctx, cancel := context.WithTimeout(ctx, 100*time.Hour)
	defer cancel()
	if disturb != nil {
		disturb(s, cancel)
	}
	err := w(ctx, s, func(ctx context.Context, a *stream.Attempt) error {
		d.note("attempt %d", a.Number)
		return do(ctx, a)
	})
	d.note("%v %s", err, s.Status().AppendJSON(nil))
	if failed, ok := err.(*stream.Error); ok {
		d.note("%s ending %d cause %v", failed.Wire().AppendJSON(nil), failed.Ending, failed.Cause)
	}
	return d.lines
}

// same asserts that both ways tell the same, of events and relayed.
func same(t *testing.T, name string, options func() stream.Options, disturb func(*stream.Stream, context.CancelFunc), do func() call) {
	t.Helper()
	for _, relays := range []bool{false, true} {
		var want, got []string
		synctest.Test(t, func(t *testing.T) { want = way(byRun).keep(t.Context(), options(), relays, disturb, do()) })
		synctest.Test(t, func(t *testing.T) { got = way(byBegin).keep(t.Context(), options(), relays, disturb, do()) })
		require.Equal(t, want, got, "%s, relayed: %v", name, relays)
	}
}

// TestBegin_vectors: a stream that Begin has begun is the one that Run alone makes.
func TestBegin_vectors(t *testing.T) {
	raw, err := testdata.Vectors.ReadFile("vectors/streams.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(raw, &vectors))
	for _, v := range vectors {
		body := v.Input
		if v.InputBase64 != nil {
			body = string(v.InputBase64)
		}
		r := response{hang: v.Ending == "silence"}
		if v.Ending == "reset" {
			r.err = errReset
		}
		for _, size := range []int{len(body), 7} {
			r.chunks = nil
			for rest := body; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				r.chunks = append(r.chunks, rest[:min(size, len(rest))])
			}
			for _, partial := range []stream.Partial{"", stream.PartialFail, stream.PartialResume} {
				options := func() stream.Options {
					return stream.Options{URL: v.URL, Provider: v.Option, MaxAttempts: 2, SilenceTimeout: time.Minute, Partial: partial}
				}
				same(t, v.Name, options, nil, func() call { return play(r) })
			}
		}
	}
}

func TestBegin_scripts(t *testing.T) {
	hello := ok(delta("Hel"), delta("lo"), stop, done)
	empty := ok(stop, done)
	asks := func(context.Context) []byte { return []byte(`{"messages":[{"role":"user","content":"Hi"}]}`) }
	for name, tc := range map[string]struct {
		opts    stream.Options
		disturb func(*stream.Stream, context.CancelFunc)
		do      call
	}{
		"good":           {do: play(hello)},
		"refused":        {do: play(response{refuse: errReset}, hello)},
		"busy":           {do: play(response{status: 503}, response{status: 503}, hello)},
		"told to wait":   {opts: stream.Options{Room: new(wait.Room), RoomKey: roomKey}, do: play(response{status: 429, header: map[string]string{"retry-after": "7"}}, hello)},
		"no key":         {do: play(response{status: 401})},
		"broke off":      {do: play(response{chunks: []string{delta("Hel")}, err: errReset}, hello)},
		"silent":         {opts: stream.Options{ConnectTimeout: second}, do: drip(2 * time.Second)},
		"a few silences": {opts: stream.Options{MaxAttempts: 3}, do: drip(0, step{second, delta("Hel"), 0})},
		"no blank line":  {do: play(ok(delta("Hi"), strings.TrimSuffix(stop, "\n\n")))},
		"half an event":  {do: play(response{chunks: []string{delta("Hi") + stop + "data: {"}, err: errReset})},
		"unknown":        {opts: stream.Options{URL: "https://example.test/"}, do: play(ok("data: x\n\n"))},
		"a document":     {do: play(ok(`{"a":1}`))},
		"a page":         {do: play(ok("<html>"))},
		"a redirect":     {do: play(response{status: 304})},
		"no content":     {do: play(response{status: 204})},
		"nothing in it":  {do: play(empty)},
		"empty, again":   {opts: stream.Options{Host: stream.Host{Body: asks}}, do: play(empty, hello)},
		"empty, always":  {opts: stream.Options{Host: stream.Host{Body: asks}}, do: play(empty)},
		"empty, not asked again": {opts: stream.Options{Host: stream.Host{Body: asks}, BeforeRetry: func(context.Context, stream.RetryContext) error { return stream.ErrRefused }},
			do: play(empty)},
		"offline first": {do: play(hello), disturb: func(s *stream.Stream, _ context.CancelFunc) {
			s.SetOnline(false)
			at(second, func() { s.SetOnline(true) })
		}},
		"offline in it": {do: delayed(3*time.Second, play(response{refuse: errReset}, hello)), disturb: func(s *stream.Stream, _ context.CancelFunc) {
			at(2*time.Second, func() { s.SetOnline(false) })
			at(9*time.Second, func() { s.SetOnline(true) })
		}},
		"woken":          {do: drip(0, step{second, delta("Hel"), 0}), opts: stream.Options{MaxAttempts: 2}, disturb: func(s *stream.Stream, _ context.CancelFunc) { at(2*time.Second, s.Wake) }},
		"canceled first": {do: play(hello), disturb: func(_ *stream.Stream, stop context.CancelFunc) { stop() }},
		"canceled":       {do: drip(0, step{second, delta("Hel"), 0}), disturb: func(_ *stream.Stream, stop context.CancelFunc) { at(5*time.Second, stop) }},
		"canceled at its end": {do: func(ctx context.Context, a *stream.Attempt) error {
			_ = drip(0, step{second, stop, 0})(ctx, a)
			return nil
		}, opts: stream.Options{Host: stream.Host{Body: asks}}, disturb: func(_ *stream.Stream, stop context.CancelFunc) { at(5*time.Second, stop) }},
		"MaxElapsed": {opts: stream.Options{MaxElapsed: 20 * time.Second}, do: refuse(6 * time.Second)},
		"an attempt longer than MaxElapsed": {opts: stream.Options{MaxElapsed: 3 * time.Second},
			do: refuse(6 * time.Second)},
		"fallback": {opts: stream.Options{Fallback: func(_ context.Context, r stream.RetryContext) (*stream.Target, error) {
			if r.Attempt > 1 {
				return nil, nil
			}
			return &stream.Target{URL: otherURL}, nil
		}}, do: play(quota, hello)},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.opts.URL == "" {
				tc.opts.URL = chatURL
			}
			same(t, name, func() stream.Options {
				if tc.opts.Room != nil {
					tc.opts.Room = new(wait.Room) // each has its own
				}
				return tc.opts
			}, tc.disturb, func() call { return tc.do })
		})
	}
}

// TestBegin_waits: where the first attempt has to wait, it is Run that makes it.
func TestBegin_waits(t *testing.T) {
	room := new(wait.Room)
	opts := stream.Options{URL: chatURL, Room: room, RoomKey: roomKey}
	inBubble(t, "free", func(t *testing.T) {
		s := mustNew(opts)
		a := s.Begin(t.Context())
		require.NotNil(t, a)
		assert.Equal(t, 1, a.Number)
		require.True(t, s.Finish(play(ok(delta("Hi"), stop))(a.Context(), a)))
		assert.Equal(t, event.PhaseDone, s.Status().Phase)
		assert.ErrorIs(t, a.Context().Err(), context.Canceled, "nothing is left running")
		if timer := stream.TimerOf(a); timer != nil {
			assert.False(t, timer.Stop(), "the timer still ran")
		}
	})
	inBubble(t, "held", func(t *testing.T) {
		room.Hold(roomKey, time.Now().Add(second))
		assert.Nil(t, mustNew(opts).Begin(t.Context()))
		sent := opts
		sent.Sent = true
		a := mustNew(sent).Begin(t.Context())
		require.NotNil(t, a, "its request is on its way")
	})
	inBubble(t, "offline", func(t *testing.T) {
		s := mustNew(stream.Options{URL: chatURL})
		s.SetOnline(false)
		assert.Nil(t, s.Begin(t.Context()))
	})
	inBubble(t, "canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.Nil(t, mustNew(stream.Options{URL: chatURL}).Begin(ctx))
	})
}
