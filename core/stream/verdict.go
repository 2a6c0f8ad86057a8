package stream

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// verdict returns why the attempt failed, nil where its reply is complete. err is how the
// transfer ended. What is still to be read is read first: the last event may lack its end.
func (a *Attempt) verdict(ctx context.Context, err error) error {
	stopped, complete := a.stopped, a.reader.Complete()
	if a.err == nil && !a.stopped && !a.canResume() {
		a.ended = true
		// The WHATWG rules drop an event that lacks its blank line. Some servers
		// omit the last one, so it counts where it cannot be a fragment.
		whole := func(ev sse.Event) {
			// An id may be cut short, and is not to be resumed from.
			if provider.Whole(ev) && (a.stream.opts.Partial != PartialResume || len(ev.ID) == 0) {
				a.handle(ev)
			}
		}
		a.decoder.End(whole)
		a.lines.End(whole)
	}
	if a.err == nil {
		a.err = a.ending(err)
	}
	if a.err == nil {
		a.err = a.emptiness(ctx)
	}
	if a.to != nil && a.err == nil && !stopped {
		a.relayEnd(!complete && a.reader.Complete(), err)
	}
	a.stream.toolCall = a.reader.ToolCall()
	a.settle()
	return a.err
}

// ending judges an attempt by how its body ended, as nothing in it settled anything.
func (a *Attempt) ending(err error) error {
	if a.reader.Complete() || a.unseen {
		return nil // whatever became of the connection after the end signal
	}
	if f, found := a.reader.Provider().Unframed(append(a.strays, a.part...)); found {
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
	case a.passesUnseen() && a.format != document && !a.isStream():
		a.passUnseen()
		return nil
	case a.format == document || a.format == eventStream && !looksLikeEvents(a.opening):
		res := a.head
		res.Body = a.opening
		f, reported := a.stream.provider.NotAStream(res, time.Now())
		if a.format == document && a.passesUnseen() && !reported {
			a.passUnseen() // it is what was asked for
			return nil
		}
		a.reported, a.failed = reported, a.got
		return &failure.Error{Failure: f}
	}
	return a.cut()
}

// reconnection has the error of the attempt ask for the wait that its stream's field
// "retry" asks for: a floor for this stream's next attempt alone, not for others.
func (a *Attempt) reconnection(err error) error {
	wait, ok := a.decoder.Retry()
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

// fail ends the attempt with a failure that was seen in its response.
func (a *Attempt) fail(f failure.Failure) {
	a.stopped = true
	if a.err == nil {
		a.err = &failure.Error{Failure: f}
	}
}

// tooLarge ends the attempt at an event beyond Options.MaxEventBytes.
func (a *Attempt) tooLarge(cause error) {
	f := a.failure(failure.Unknown, 0)
	f.Message = "One event of the reply is larger than this program accepts. It was not read."
	if large, ok := errors.AsType[*sse.TooLargeError](cause); ok {
		f.Detail = "limit: " + strconv.Itoa(large.Limit) + " bytes"
	}
	a.stopped = true
	a.err = &failure.Error{Failure: f, Cause: cause}
}

// failure returns a failure of this attempt's provider.
func (a *Attempt) failure(kind failure.Kind, status int) failure.Failure {
	return a.reader.Provider().Failure(kind, status)
}
