package stream

import (
	"context"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// judge notes how the attempt ended; err is how the transfer did. What is still to be
// read is read first: the last event may lack its end.
func (a *Attempt) judge(err error) {
	stopped, complete := a.stopped, a.reader.Complete()
	if a.err == nil && !a.stopped && a.rest() == nil {
		// The WHATWG rules drop an event that lacks its blank line. Some servers
		// omit the last one, so it counts where it cannot be a fragment.
		a.body.end(func(ev sse.Event) {
			// An id may be cut short, and is not to be resumed from.
			if provider.Whole(ev) && (a.stream.opts.Partial != PartialResume || len(ev.ID) == 0) {
				a.handle(ev)
			}
		})
	}
	if a.err == nil {
		a.err = a.ending(err)
	}
	switch {
	case stopped:
	case !complete && a.reader.Complete():
		a.tail = open
	case err != nil:
		a.tail = broken
	}
}

// verdict returns why the attempt that was judged failed, nil where its reply is
// complete.
func (a *Attempt) verdict(ctx context.Context) error {
	if a.err == nil {
		a.err = a.emptiness(ctx)
	}
	if a.err == nil {
		a.client.end(a.tail)
	}
	a.settle()
	return a.err
}

// ending judges an attempt by how its body ended, as nothing in it settled anything.
func (a *Attempt) ending(err error) error {
	if a.reader.Complete() || a.Unseen() {
		return nil // whatever became of the connection after the end signal
	}
	if f, found := a.reader.Provider().Unframed(a.body.strays.all()); found {
		return &failure.Error{Failure: f, Cause: err}
	}
	if f, failed := a.reader.Failed(); failed {
		return &failure.Error{Failure: f, Cause: err}
	}
	switch {
	case isStall(err):
		return &failure.Error{Failure: a.failure(failure.Stalled, 0), Cause: err}
	case err == nil && a.reader.MayEnd():
		return nil
	case err != nil:
		return &failure.Error{Failure: a.reader.Provider().Classify(err), Cause: err}
	case a.client.isOther(true):
		return nil
	case a.body.isDocument() || a.body.format == eventStream && !a.body.looksLikeEvents():
		res := a.body.head
		res.Body = a.body.start
		f, reported := a.stream.target.provider.NotAStream(res, time.Now())
		if a.body.isDocument() && a.client.wantsAny() && !reported {
			a.ignore() // it is what was asked for
			return nil
		}
		if reported {
			a.reported = a.body.size
		}
		return &failure.Error{Failure: f}
	}
	return a.cut()
}

// reconnection has the error of the attempt ask for the wait that its stream's field
// "retry" asks for: a floor for this stream's next attempt alone, not for others.
func (a *Attempt) reconnection(err error) error {
	wait, ok := a.body.decoder.Retry()
	if !ok {
		return err
	}
	f := failure.Classify(err)
	if !f.Retryable || wait <= f.RetryAfter {
		return err
	}
	f.RetryAfter = wait
	return &failure.Error{Failure: f, Cause: err}
}
