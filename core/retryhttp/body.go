package retryhttp

import (
	"context"
	"errors"
	"io"
	"sync"
)

// errClosed is what a read of a closed body gives.
var errClosed = errors.New("retryhttp: read on closed response body")

// body is the body of a response that is handed out.
type body struct {
	// ctx is the request's. cancel ends the request.
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	move *sync.Cond // something of what follows has changed
	// queue is what can be read now. rest is read after it, if not nil; over is how the
	// body ends otherwise, nil while that is open.
	queue  []byte
	rest   *exchange
	over   error
	closed bool
	given  bool
}

func newBody(ctx context.Context, cancel context.CancelCauseFunc) *body {
	b := &body{ctx: ctx, cancel: cancel}
	b.move = sync.NewCond(&b.mu)
	return b
}

// hand reports whether the body is to be handed out, which it is once.
func (b *body) hand() (first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first, b.given = !b.given, true
	return first
}

func (b *body) handed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.given
}

func (b *body) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.move.Broadcast()
}

// add adds bytes to read.
func (b *body) add(p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, p...)
	b.move.Broadcast()
}

// end has the body end after what was added: with an error, or io.EOF.
func (b *body) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = err
	b.move.Broadcast()
}

// leave has the reader read what is left of a response after what was added.
func (b *body) leave(rest *exchange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		rest.close()
		return
	}
	b.rest = rest
	b.move.Broadcast()
}

// awaitReader returns when all that was added is read, at once while nobody reads.
// It returns the cause when ctx ends.
func (b *body) awaitReader(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.given && len(b.queue) > 0 && ctx.Err() == nil {
		b.move.Wait()
	}
	return context.Cause(ctx)
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	for len(b.queue) == 0 && b.rest == nil && b.over == nil && !b.closed {
		b.move.Wait()
	}
	rest, over := b.rest, b.over
	switch {
	case b.closed:
		b.mu.Unlock()
		return 0, errClosed
	case len(b.queue) > 0:
		n := copy(p, b.queue)
		if b.queue = b.queue[n:]; len(b.queue) == 0 {
			b.queue = nil
			b.move.Broadcast()
		}
		b.mu.Unlock()
		return n, nil
	}
	b.mu.Unlock()
	if over != nil {
		raise(over)
		return 0, over
	}
	return b.readRest(rest, p)
}

// readRest reads on where the stream stopped looking.
func (b *body) readRest(rest *exchange, p []byte) (n int, err error) {
	if err = rest.err; err == nil {
		n, err = rest.Body.Read(p)
	}
	if err == nil {
		return n, nil
	}
	if !rest.unseen && rest.StatusCode < 400 && b.ctx.Err() == nil {
		err = io.EOF // what becomes of the connection after a whole reply does not matter
	}
	b.end(err)
	rest.close()
	b.cancel(nil)
	return n, err
}

// Close ends the request, whatever it is doing.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed, b.queue = true, nil
	b.move.Broadcast()
	b.cancel(errClosed)
	if b.rest != nil {
		b.rest.close()
	}
	return nil
}
