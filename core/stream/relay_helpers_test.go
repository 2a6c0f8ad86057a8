package stream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
	"github.com/retrystream/retrystream/core/stream"
)

// relayed is who passes bytes on: it keeps what is undecided and notes what the
// reader gets.
type relayed struct {
	stream *stream.Stream

	undecided []byte
	// passed is what the reader has; made what of it was appended, a string for each
	// call. passes counts the calls of Pass, drops the bytes that were left out.
	passed []byte
	made   []string
	passes int
	drops  int
	// status is of the response that the reader has, 0 for none yet.
	status   int
	retries  []event.ChatStreamRetry
	attempts int
	unseen   bool
	err      error
	wrong    []string
}

func relay(opts stream.Options) *relayed {
	r := &relayed{}
	opts.Relay = r
	opts.OnRetry = func(retry event.ChatStreamRetry) { r.retries = append(r.retries, retry) }
	r.stream = mustNew(opts)
	return r
}

func (r *relayed) problem(format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

func (r *relayed) take(n int) []byte {
	if n <= 0 || n > len(r.undecided) {
		r.problem("%d of %d bytes", n, len(r.undecided))
		n = min(max(n, 0), len(r.undecided))
	}
	b := r.undecided[:n]
	r.undecided = r.undecided[n:]
	return b
}

func (r *relayed) Pass(n int) {
	r.passes++
	r.passed = append(r.passed, r.take(n)...)
}

func (r *relayed) Drop(n int) { r.drops += len(r.take(n)) }

func (r *relayed) Append(b []byte) {
	if len(b) == 0 {
		r.problem("nothing appended")
	}
	r.made = append(r.made, string(b))
	r.passed = append(r.passed, b...)
}

// opaque is the status of a response that the browser hides.
const opaque = -1

// isEvents is the header of an event stream.
var isEvents = map[string]string{"content-type": "text/event-stream"}

// answer is what comes back from one request.
type answer struct {
	status  int
	header  map[string]string
	body    []byte
	chunks  func(rest int) int // nil for all at once
	then    []byte             // comes in a chunk of its own
	err     error              // how the transfer ends
	refused error              // there is no response at all
	held    bool               // the hold is over after all this
	rest    func(context.Context, *stream.Attempt) error
}

// send plays an answer for an attempt.
func (r *relayed) send(ctx context.Context, a *stream.Attempt, w answer) error {
	r.attempts++
	r.undecided = r.undecided[:0]
	if w.refused != nil {
		return w.refused
	}
	switch w.status {
	case 0:
		w.status = 200
	case opaque:
		w.status = 0
	}
	head := provider.Response{StatusCode: w.status, Header: func(name string) string { return w.header[name] }}
	if w.status >= 400 {
		head.Body = w.body
	}
	if !a.Respond(head) {
		r.unseen = a.Unseen()
		r.undecided = slices.Clone(w.body)
		return nil
	}
	feed := func(chunk []byte) bool {
		r.undecided = append(r.undecided, chunk...)
		a.Waiting()
		return a.Feed(chunk)
	}
	more := true
	for rest := w.body; more && len(rest) > 0; {
		n := len(rest)
		if w.chunks != nil {
			n = w.chunks(n)
		}
		more = feed(rest[:n])
		if rest = rest[n:]; !more {
			// Of what comes next only the undecided may be passed.
			r.undecided = append(r.undecided, rest...)
		}
	}
	if len(w.then) > 0 {
		if more {
			more = feed(w.then)
		} else {
			r.undecided = append(r.undecided, w.then...)
		}
	}
	if more && w.held {
		more = a.PassHeld()
	}
	r.unseen = a.Unseen()
	if !more {
		return nil
	}
	if w.rest != nil {
		a.Waiting()
		return w.rest(ctx, a)
	}
	return w.err
}

// run gives each attempt the next answer, and then the last one.
func (r *relayed) run(ctx context.Context, answers ...answer) *relayed {
	return r.runWith(ctx, func(ctx context.Context, a *stream.Attempt) error {
		return r.send(ctx, a, answers[min(r.attempts, len(answers)-1)])
	})
}

func (r *relayed) runWith(ctx context.Context, do func(context.Context, *stream.Attempt) error) *relayed {
	r.err = r.stream.Run(ctx, do)
	if r.err == nil {
		r.passed = append(r.passed, r.undecided...)
		r.undecided = nil
	}
	return r
}

// failed returns the error of a stream that failed for good.
func (r *relayed) failed(t *testing.T) *stream.Error {
	t.Helper()
	var failed *stream.Error
	require.ErrorAs(t, r.err, &failed)
	return failed
}

// is asserts that the reader has exactly this, and that the stream is complete.
func (r *relayed) is(t *testing.T, body string) {
	t.Helper()
	assert.NoError(t, r.err)
	assert.Empty(t, r.wrong)
	assert.Equal(t, body, string(r.passed))
	assert.Empty(t, r.made)
}

// kindOf reads the reader's bytes as one who speaks the API: the kind of the error
// in them, "" for none; an error where they are not whole events with at most one
// error, as the last.
func kindOf(url string, body []byte) (failure.Kind, error) {
	reader := provider.Find(url, "").NewReader()
	var kind failure.Kind
	var err error
	look := func(ev sse.Event) {
		if kind != "" {
			err = errors.New("an event after the error")
		}
		if s := reader.Read(ev); s.Failure != nil {
			kind = s.Failure.Kind
		}
	}
	var d sse.Decoder
	if fed := d.Feed(body, look); fed != nil {
		return "", fed
	}
	if !d.Idle() {
		return "", errors.New("half an event")
	}
	return kind, err
}

// prefix tells how much of the reader's bytes is the body's beginning.
func (r *relayed) prefix(body []byte) int {
	return sort.Search(len(r.passed), func(n int) bool { return !bytes.HasPrefix(body, r.passed[:n+1]) })
}
