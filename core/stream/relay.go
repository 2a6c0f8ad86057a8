package stream

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
)

// Relay is told what becomes of a body's bytes when they are passed on to a
// reader who can take nothing back, such as an SDK that was given a real
// Response. Whoever feeds the bytes keeps those that are undecided, in the order
// in which they were fed; they are never copied here. Where an attempt ends, its
// undecided bytes are void once the next one begins.
//
// The calls come within Feed and PassHeld, and before Run returns; never two at a
// time. They decide by whole events. An error that Run returns says by its Ending
// what becomes of the reader; after nil all that is undecided is to be passed, and
// what the body still brings.
type Relay interface {
	// Pass has the next n undecided bytes go to the reader.
	Pass(n int)
	// Drop leaves the next n undecided bytes out.
	Drop(n int)
	// Append has bytes go to the reader that were made here: an error event in the
	// provider's form. They are valid until it returns. They should reach the reader
	// as a chunk of their own: Google's SDK finds an error in no other.
	Append(b []byte)
}

// Ending says how the reader of a relayed body is told that the stream failed
// for good.
type Ending uint8

const (
	// EndError: not yet. The request fails with the Error, or the body does if a
	// response was handed out.
	EndError Ending = iota
	// EndResponse: by the last attempt's response, which is handed out as it is.
	// Nothing was passed.
	EndResponse
	// EndBody: by what was passed or appended last. The body ends cleanly after it;
	// if no response was handed out yet, that of the last attempt is, with all this
	// in its body.
	EndBody
)

// handed is what the reader of a relayed body was given. It never changes back.
type handed uint8

const (
	nothing handed = iota
	// unframed: a response whose body is no stream of events, or is passed unseen.
	unframed
	// framed: a response whose body is a stream of events.
	framed
)

// relaying is what an attempt keeps for relay mode; without it, to is nil.
// Bytes are counted from the start of the body.
type relaying struct {
	to Relay
	// whole are the bytes up to the end of the last event that is no error, told
	// those that are decided.
	whole, told int
	// drop: what lies between told and whole is left out rather than passed.
	drop bool
	// any: there was an event. free: nothing is held back any more.
	any, free bool
	// reported: the attempt failed by an error of the provider's own, which ends at
	// failed.
	reported bool
	failed   int
	// ended: the body has ended, and what is read now lacks its end. unseen: the body
	// is passed on without being looked at.
	ended, unseen bool
}

// relayTo has the attempt tell r what becomes of its bytes. What comes once something
// was passed need not be held back: it cannot be replaced any more.
func (a *Attempt) relayTo(r Relay) { a.to, a.free = r, a.stream.shown != blank }

// PassHeld says that the reader shall wait no longer for the beginning of this
// attempt's reply, and that a response is handed out now: whole events that are
// held are passed, and from now on each as it comes. Call it as long after the
// response's head as the reader may be kept waiting. It does nothing once
// something was passed, and belongs to the goroutine that feeds. It returns false
// when nothing more is to be fed, as Feed does: then the function given to Run
// should return.
func (a *Attempt) PassHeld() (more bool) {
	if a.to == nil || a.stopped || a.free {
		return !a.stopped
	}
	if a.format == document && a.passesUnseen() {
		a.passUnseen()
		a.clocks.heard() // from now on the reader waits, as long as it likes
	}
	a.free = true
	a.handOver()
	a.flush()
	return !a.stopped
}

// Unseen reports whether the body is none to look at and is passed on as it is: a
// document, say, that took longer than the hold. Run returns nil for it. What goes
// wrong with the transfer is then the reader's to see; whereas after the end of a
// reply that was read nothing that becomes of the connection matters.
func (a *Attempt) Unseen() bool { return a.unseen }

// passesUnseen reports whether the reader could be given a body that is no event
// stream.
func (a *Attempt) passesUnseen() bool { return a.to != nil && a.stream.handed != framed }

// passUnseen leaves the body to its reader.
func (a *Attempt) passUnseen() {
	a.unseen, a.stopped = true, true
	a.whole = a.got
}

// isOther reports whether the body looks like no event stream after all, which
// is then left to its reader.
func (a *Attempt) isOther() bool {
	if !a.passesUnseen() || a.any || looksLikeEvents(a.opening) || a.saysEvents() {
		return false
	}
	a.passUnseen()
	a.free = true
	return true
}

// isStream reports whether the body is, or may have become, a stream of a reply.
func (a *Attempt) isStream() bool {
	switch {
	case a.format == document:
		return false
	case a.format == jsonLines, a.any, a.saysEvents():
		return true
	}
	return a.format == eventStream && a.reader.Recognised() && looksLikeEvents(a.opening)
}

// saysEvents reports whether the body is an event stream by its type.
func (a *Attempt) saysEvents() bool {
	return a.head.Header != nil && strings.HasPrefix(a.head.Header("content-type"), "text/event-stream")
}

// relayOpening leaves out what only comes before the first event of all, if this
// is not the first response that the reader sees; n bytes follow it.
func (a *Attempt) relayOpening(n int) {
	if a.to != nil && a.stream.handed != nothing && a.got > n {
		a.drop, a.whole = true, a.got-n
		a.flush()
	}
}

// relayEvent takes note of an event that was read.
func (a *Attempt) relayEvent(sig *provider.Signal) {
	switch {
	case sig.Restarted:
		// Nothing can be taken back. What was asked for broke off before.
		a.err, a.stopped = a.stream.cut, true
		return
	case a.ended || sig.Done || sig.Void:
		return // all that is left is passed, if this was the end
	case sig.Skip != a.drop:
		a.flush()
		a.drop = sig.Skip
	}
	a.whole, a.any = a.at(), true
	// An empty reply may be asked for again.
	a.free = a.free || sig.Content && !a.reader.Empty()
}

// relayFailure takes note of an event that failed the attempt.
func (a *Attempt) relayFailure(sig *provider.Signal) {
	a.reported, a.failed = !sig.Unreported && !a.ended, a.at()
}

// at is where the event ends that was read last.
func (a *Attempt) at() int {
	if a.format == jsonLines {
		return a.got - a.lines.Left()
	}
	return a.got - len(a.decoder.Rest())
}

// relayFed decides what it can at the end of a chunk.
func (a *Attempt) relayFed() {
	// An event that says that the reply has failed, but not why, waits for the reason.
	_, failed := a.reader.Failed()
	if a.format == eventStream && !a.stopped && !a.stray && !failed && a.decoder.Idle() {
		a.whole = a.got
	}
	// What an attempt that failed has not shown yet may be replaced unseen.
	if a.free && (a.err == nil || a.stream.shown != blank) {
		a.flush()
	}
	if most := a.stream.opts.MaxEventBytes; a.got-a.told > most && !a.stopped {
		a.PassHeld()
		if a.got-a.told > 2*most {
			a.tooLarge(nil)
		}
	}
}

// relayEnd decides what it can when the reply is complete and the transfer has
// ended, with that error. ended: it was complete only by an event without a blank
// line.
func (a *Attempt) relayEnd(ended bool, err error) {
	switch {
	case ended && a.format == eventStream:
		// SDKs count no such event.
		a.whole = a.got
		a.flush()
		a.to.Append([]byte("\n\n"))
	case !ended && err != nil:
		a.relayRest() // half an event is none
	}
}

// relayRest decides about all that was fed.
func (a *Attempt) relayRest() {
	a.flush()
	if n := a.got - a.told; n > 0 {
		a.told = a.got
		a.to.Drop(n)
	}
}

// flush decides about whole events.
func (a *Attempt) flush() {
	n := a.whole - a.told
	a.told = a.whole
	switch {
	case n == 0:
	case a.drop:
		a.to.Drop(n)
	default:
		a.handOver()
		if a.any && a.stream.shown == blank {
			a.stream.shown = part
		}
		a.to.Pass(n)
	}
}

// handOver notes that the reader has a response now.
func (a *Attempt) handOver() {
	s := a.stream
	if s.handed != nothing {
		return
	}
	if s.handed = unframed; a.isStream() && !a.unseen {
		s.handed = framed
	}
}

// tell lets the reader of a relayed body know that the stream has failed for good.
func (s *Stream) tell(f failure.Failure) Ending {
	a := s.last
	if a == nil || a.to == nil {
		return EndError
	}
	isDocument := a.format == document && a.reported && s.handed != framed
	isStream := s.handed == framed || s.handed == nothing && (a.format == eventStream || a.format == jsonLines)
	if !isDocument && !isStream {
		if s.handed == nothing && a.head.StatusCode >= 400 {
			return EndResponse
		}
		return EndError
	}
	var alone, made []byte
	if isStream {
		alone, made = a.reader.ErrorEvent(f)
	}
	if !a.reported && made == nil {
		if s.handed != nothing {
			a.relayRest()
		}
		return EndError
	}
	a.flush()
	if len(alone) > 0 {
		a.to.Append(alone)
	}
	if a.reported {
		a.whole, a.drop = a.failed, false
		a.flush()
	}
	a.relayRest()
	if !a.reported {
		a.to.Append(made)
	}
	return EndBody
}
