package stream

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
)

// sink is what becomes of the events that an attempt reads: they are handed out
// (events), or no more than their text is (text), or their bytes are passed on (relay).
type sink interface {
	// like takes the events at the start of chunk, at which one begins, that are like
	// the one before. They need not be decoded. It returns what is left.
	like(chunk []byte) (rest []byte)
	// take takes the event that was read, which is no failure.
	take(*provider.Signal)
}

// client is who gets the bytes of a body: nobody, where events are handed out, or a
// reader to which they are passed on (relay).
type client interface {
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
	// fed is called at the end of each chunk.
	fed()
	// passHeld is Attempt.PassHeld.
	passHeld()
	// end is called once the reply is complete, unless that ended the reading.
	end(tail)
	// fail is told that the stream has failed for good.
	fail(failure.Failure) Ending
}

// tail is what stands after the last whole event of a reply that is complete.
type tail uint8

const (
	_ tail = iota // nothing that matters
	// open: an event that counts although it lacks its blank line.
	open
	// broken: part of an event, which is none.
	broken
)

// nobody is a client that gets nothing.
type nobody struct{}

func (*nobody) wantsAny() bool { return false }

func (*nobody) wantsAll() bool { return false }

func (*nobody) isOther(bool) bool { return false }

func (*nobody) skip(int) {}

func (*nobody) fed() {}

func (*nobody) passHeld() {}

func (*nobody) end(tail) {}

func (*nobody) fail(failure.Failure) Ending { return EndError }
