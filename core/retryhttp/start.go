package retryhttp

import (
	"io"
	"runtime/debug"
	"time"

	"github.com/retrystream/retrystream/core/provider"
)

// chunk is what one Read gave.
type chunk struct {
	bytes []byte
	err   error
}

// readChunk reads once; it is called on a goroutine of its own.
func readChunk(body io.Reader, most int, to chan<- chunk) {
	c := chunk{bytes: make([]byte, min(most, 8<<10))}
	done := false
	defer func() {
		if !done {
			c = chunk{err: &panicError{recover(), debug.Stack()}}
		}
		to <- c
	}()
	n, err := body.Read(c.bytes)
	c.bytes, c.err, done = c.bytes[:n], err, true
}

// readStart reads the start of an error's body, as far as it comes in time. What comes
// later is still the reader's.
func (e *exchange) readStart() {
	end := time.Now().Add(provider.ErrorBodyTime)
	wait := provider.ErrorBodyStart
	for len(e.start) < provider.MaxErrorBody {
		got := make(chan chunk, 1)
		go readChunk(e.Body, provider.MaxErrorBody-len(e.start), got)
		timer := time.NewTimer(min(wait, time.Until(end)))
		select {
		case c := <-got:
			timer.Stop()
			raise(c.err)
			e.start = append(e.start, c.bytes...)
			if c.err != nil {
				e.Body = &lateBody{ReadCloser: e.Body, err: c.err}
				return
			}
		case <-timer.C:
			e.Body = &lateBody{ReadCloser: e.Body, got: got}
			return
		}
		wait = provider.ErrorBodyPause
	}
}

// endTime is how long the end of the body is waited for once its reply is complete.
const endTime = 100 * time.Millisecond

// readEnd reads to the body's end, if that comes in time: only then can the connection
// serve the next request.
func (e *exchange) readEnd() {
	timer := time.NewTimer(endTime)
	defer timer.Stop()
	for {
		got := make(chan chunk, 1)
		go readChunk(e.Body, 1<<10, got)
		select {
		case c := <-got:
			raise(c.err)
			if c.err != nil {
				return
			}
		case <-timer.C:
			return // closing the body ends the read
		}
	}
}

// lateBody is a body of which a chunk is being read by somebody else, or whose end is
// known.
type lateBody struct {
	io.ReadCloser
	got  <-chan chunk // nil once it was taken
	rest []byte
	err  error
}

// Read implements io.Reader.
func (b *lateBody) Read(p []byte) (int, error) {
	if b.got != nil {
		c := <-b.got
		b.got, b.rest, b.err = nil, c.bytes, c.err
	}
	switch {
	case len(b.rest) > 0:
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	case b.err != nil:
		raise(b.err)
		return 0, b.err
	}
	return b.ReadCloser.Read(p)
}
