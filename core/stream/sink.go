package stream

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
)

// sink is what becomes of what an attempt reads: its events are handed out (events),
// or no more than their text is (text), or its bytes are passed on (relay).
type sink interface {
	// like takes the events at the start of chunk, at which one begins, that are like
	// the one before. They need not be decoded. It returns what is left.
	like(chunk []byte) (rest []byte)
	// take takes the event that was read, which is no failure.
	take(*provider.Signal)
	// fed is called at the end of each chunk.
	fed()
	// end is called once the reply is complete, unless that ended the reading.
	end(tail)

	// wantsAny reports whether a body that is no event stream could be handed over as
	// it is.
	wantsAny() bool
	// wantsAll reports whether a document is read to its end, rather than as far as it
	// is looked at.
	wantsAll() bool
	// isOther reports whether the body, which has ended or not, is no event stream after
	// all, and handed over as it is.
	isOther(ended bool) bool
	// skip is told of n bytes before the first event.
	skip(n int)
	// passHeld is Attempt.PassHeld.
	passHeld()
	// fail tells the reader that the stream has failed for good.
	fail(failure.Failure) Ending
}

// tail is what stands after the last whole event of a reply that is complete.
type tail uint8

const (
	// whole: nothing that matters.
	whole tail = iota
	// open: an event that counts although it lacks its blank line.
	open
	// broken: part of an event, which is none.
	broken
)
