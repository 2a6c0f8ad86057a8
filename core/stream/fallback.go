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
var errOtherAPI = errors.New("the reader of this reply knows another API than that of the target")

// What to tell a person of a fallback that came to nothing.
const (
	fallbackFailed = " It was not tried elsewhere: fallback failed."
	fallbackOther  = " It was not tried elsewhere: fallback named an address of another API."
)

// serve makes attempts until the reply is complete: at the first target, and after one
// that failed for good at the one that Fallback names. The limits of policy and its
// delays count anew at each; only MaxElapsed counts from the beginning.
func (s *Stream) serve(ctx context.Context, policy retry.Policy, do func(context.Context, *Attempt) error) error {
	var first provider.Provider // as far as its URL and its events tell
	for left := MaxFallbacks; ; left-- {
		err := policy.Do(ctx, func(ctx context.Context) error { return s.try(ctx, do) }, s.onRetry)
		if left == 0 || !s.mayFallBack(ctx, err) || s.expired() {
			return err
		}
		if left == MaxFallbacks {
			first = s.last.reader.Provider()
		}
		f := failure.Classify(err)
		target, failed := s.opts.Fallback(ctx, RetryContext{Attempt: s.attempts, Failure: f, ToolCall: s.last.reader.ToolCall()})
		switch {
		case failed != nil:
			return &stopError{err, failed, fallbackFailed, askedFallback}
		case target == nil || s.expired() || ctx.Err() != nil:
			return err
		case s.opts.Relay != nil && !first.MaySpeakLike(s.providerAt(target.URL)):
			return &stopError{err, errOtherAPI, fallbackOther, askedFallback}
		}
		// Told while the provider is the one that failed.
		s.onRetry(0, err, 0)
		// What the server asked to wait for is no reason to wait with another request, though
		// it shows the same key. Others may have been told to wait at another target.
		s.pause.alone = f.RetryAfter > 0 && target.RoomKey == s.opts.RoomKey
		s.pause.early = time.Time{}
		s.target.unsaid, s.target.empties, s.target.earlier = 0, 0, s.attempts
		s.SetRoomKey(target.RoomKey)
		s.SetURL(target.URL)
		if s.opts.MaxElapsed > 0 {
			policy.MaxElapsed = s.opts.MaxElapsed - time.Since(s.began)
		}
	}
}

// mayFallBack reports whether Fallback is to be asked after what ended the attempts
// at a target: not where BeforeRetry did, where the last reply is handed out all the
// same, or where what was handed out cannot be taken back or is to be kept.
func (s *Stream) mayFallBack(ctx context.Context, err error) bool {
	if s.opts.Fallback == nil || err == nil || ctx.Err() != nil || s.reply.has == final || s.reply.isFixed() {
		return false
	}
	_, stopped := err.(*stopError)
	limit, _ := err.(*retry.LimitError)
	return !stopped && !s.takes(limit, nil) && failure.Classify(err).Kind != failure.Canceled
}

// expired reports whether MaxElapsed forbids another attempt, even one without a
// wait.
func (s *Stream) expired() bool {
	return s.opts.MaxElapsed > 0 && time.Since(s.began) >= s.opts.MaxElapsed
}
