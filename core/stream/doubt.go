package stream

import (
	"context"
	"errors"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
)

// DefaultEmptyAttempts is how often a reply that came back empty is asked for again,
// unless Options say otherwise.
const DefaultEmptyAttempts = 2

// doubt is why a reply may be none to hand out, although its server ended it. Another
// attempt may bring a better one; where there is none, it is handed out.
type doubt uint8

const (
	// unsaid: the server never said that it was complete.
	unsaid doubt = iota + 1
	// empty: there is nothing in it.
	empty
)

// cut is the verdict on a body that ended although its reply is not complete.
func (a *Attempt) cut() error {
	cut := &failure.Error{Failure: a.reader.Cut()}
	if !cut.Presumed {
		return cut
	}
	a.doubt = unsaid
	if a.stream.reply.isFixed() && a.rest() == nil {
		// Nothing can take its place, and its server did end it.
		return nil
	}
	return cut
}

// emptiness returns an error where a complete reply has nothing in it and is to
// be asked for again.
func (a *Attempt) emptiness(ctx context.Context) error {
	s, t := a.stream, &a.stream.target
	if !a.reader.Empty() || a.resume != nil {
		return nil
	}
	most := s.opts.MaxAttempts
	if t.empties >= s.opts.EmptyAttempts || most > 0 && s.attempts-t.earlier >= most || s.reply.isFixed() ||
		s.opts.Body == nil || !provider.Asks(s.opts.Body(ctx)) {
		if t.empties > 0 {
			a.doubt = empty
		}
		return nil
	}
	a.doubt = empty
	t.empties++
	again := &failure.Error{Failure: a.failure(failure.Empty, 0)}
	again.Message += " Asking again." // for which the provider takes money
	return again
}

// takes reports whether the reply of the last attempt is handed out although it
// failed, as there will be no better one. limit and stop are what ended the
// retries, nil if that is not what did.
func (s *Stream) takes(limit *retry.LimitError, stop *stopError) bool {
	switch s.last.doubt {
	case unsaid:
		return limit != nil && limit.Limit == retry.LimitPresumed && s.target.unsaid == retry.MaxPresumed
	case empty:
		// What a reader of bytes would get is gone after a wait.
		return !s.pause.begun && (limit != nil || stop != nil && errors.Is(stop.cause, ErrRefused))
	}
	return false
}

// remark returns what is to be known of a reply that is handed out in doubt, "" without.
func (s *Stream) remark() string {
	switch s.last.doubt {
	case unsaid:
		what := "The server never said that the reply was complete; it was taken as whole"
		if s.target.unsaid == retry.MaxPresumed {
			what += " after three attempts that ended alike"
		}
		return what + "."
	case empty:
		return "The reply came back empty, and is handed out as it is."
	}
	return ""
}
