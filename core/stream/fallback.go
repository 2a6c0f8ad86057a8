package stream

import (
	"context"
	"errors"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
)

// MaxFallbacks is how often a stream asks Fallback. There is no wait before a target's
// first attempt, so that one which names ever new targets that fail at once would send
// requests without end.
const MaxFallbacks = 16

// Target is where the attempts go after a fallback: an address, and a request for it
// that only whoever sends it knows.
type Target struct {
	// URL is where the requests go. At another origin than that of Options.URL it tells
	// the provider, as Options.Provider names who answers at the first.
	URL string
	// RoomKey is that of Options, for the new server and credential.
	RoomKey string
}

// errOtherAPI is why a relay cannot go on at a target.
var errOtherAPI = errors.New("the target speaks another API than the one that the reader of this reply knows")

// fallbackError ends the stream because Fallback could not help.
type fallbackError struct {
	error       // why the last target failed
	cause error // what Fallback returned, or what is wrong with its target
}

// Unwrap gives why the last target failed.
func (e *fallbackError) Unwrap() error { return e.error }

// says is what to tell a person.
func (e *fallbackError) says() string {
	if e.cause == errOtherAPI {
		return " It was not tried elsewhere: fallback named an address of another API."
	}
	return " It was not tried elsewhere: fallback failed."
}

// serve makes attempts until the reply is complete: at the first target, and after one
// that failed for good at the one that Fallback names. The limits of policy and its
// delays count anew at each; only MaxElapsed counts from the beginning.
func (s *Stream) serve(ctx context.Context, policy retry.Policy, do func(context.Context, *Attempt) error) error {
	start := time.Now()
	var first provider.Provider // as far as its URL and its events tell
	for left := MaxFallbacks; ; left-- {
		err := policy.Do(ctx, func(ctx context.Context) error { return s.try(ctx, do) }, s.onRetry)
		if left == 0 || !s.mayFallBack(ctx, err, start) {
			return err
		}
		if left == MaxFallbacks {
			first = s.last.reader.Provider()
		}
		f := failure.Classify(err)
		target, failed := s.opts.Fallback(ctx, RetryContext{Attempt: s.attempts, Failure: f, ToolCall: s.toolCall})
		switch {
		case failed != nil:
			return &fallbackError{err, failed}
		case target == nil || s.expired(start) || ctx.Err() != nil:
			return err
		}
		if s.opts.Relay != nil && !first.MaySpeakLike(s.providerAt(target.URL)) {
			return &fallbackError{err, errOtherAPI}
		}
		// Told as the failure that it is, before another provider signs what is told.
		s.onRetry(0, err, 0)
		// What the server asked to wait for is no reason to wait with another request, though
		// it shows the same key. Others may have been told to wait at another target.
		s.alone = f.RetryAfter > 0 && target.RoomKey == s.opts.RoomKey
		s.early = time.Time{}
		s.row, s.unsaid, s.empties, s.earlier = row{}, 0, 0, s.attempts
		s.SetRoomKey(target.RoomKey)
		s.SetURL(target.URL)
		if s.opts.MaxElapsed > 0 {
			policy.MaxElapsed = s.opts.MaxElapsed - time.Since(start)
		}
	}
}

// mayFallBack tells whether Fallback is to be asked after an error that ended the
// attempts at a target: not where BeforeRetry has ended them, where the last reply is
// handed out all the same, or where what was handed out cannot be taken back or is to be
// kept.
func (s *Stream) mayFallBack(ctx context.Context, err error, start time.Time) bool {
	if s.opts.Fallback == nil || err == nil || ctx.Err() != nil || s.expired(start) {
		return false
	}
	limit, _ := errors.AsType[*retry.LimitError](err)
	stop, stopped := errors.AsType[*stopError](err)
	if stopped || s.takes(limit, stop) || s.isFinal() || s.opts.Relay != nil && s.shown {
		return false
	}
	return failure.Classify(err).Kind != failure.Canceled
}

// expired tells whether MaxElapsed forbids another attempt, even one without a wait.
func (s *Stream) expired(start time.Time) bool {
	return s.opts.MaxElapsed > 0 && time.Since(start) >= s.opts.MaxElapsed
}

// providerAt recognises who answers at a URL. Options.Provider names who does at the
// origin of Options.URL, which says nothing of another one.
func (s *Stream) providerAt(url string) provider.Provider {
	id := s.opts.Provider
	if !provider.SameOrigin(url, s.opts.URL) {
		id = provider.Auto
	}
	return provider.Find(url, id)
}
