package stream

import (
	"github.com/retrystream/retrystream/core/event"
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

// Ending is how the reader of a relayed body is told that the stream failed
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

// relay tells a Relay what becomes of a body's bytes. They are counted from the start
// of the body.
type relay struct {
	*reading
	to Relay
	// whole are the bytes up to the end of the last event that is no error.
	whole int
	// told are those that are decided.
	told int
	// drop: what lies between told and whole is left out rather than passed.
	drop bool
	// any: there was an event.
	any bool
	// free: nothing is held back any more.
	free bool
}

// newRelay returns the relay of an attempt. What comes once something was passed need
// not be held back: it cannot be replaced any more.
func newRelay(r *reading, to Relay) *relay {
	return &relay{reading: r, to: to, free: r.stream.reply.has != nothing}
}

func (r *relay) wantsAny() bool { return r.stream.reply.response != framed }

func (r *relay) wantsAll() bool { return true }

func (r *relay) passHeld() {
	if r.stopped || r.free {
		return
	}
	if r.body.isDocument() && r.wantsAny() {
		r.ignore()
		r.whole = r.body.size
		r.clocks.heard() // from now on the reader waits, as long as it likes
	}
	r.free = true
	r.handOver()
	r.flush()
}

func (r *relay) isOther(ended bool) bool {
	if r.body.isDocument() || r.isStream(ended) || !r.wantsAny() {
		return false
	}
	r.ignore()
	r.whole, r.free = r.body.size, true
	return true
}

// isStream reports whether the body, of which all or some has come, is a stream of a
// reply or may become one.
func (r *relay) isStream(all bool) bool {
	switch b := &r.body; {
	case b.isDocument() || b.format == unseen:
		return false
	case b.format == jsonLines || r.any || b.saysEvents():
		return true
	default:
		return b.format == eventStream && (!all || r.reader.Recognised()) && b.looksLikeEvents()
	}
}

// skip leaves out what only comes before the first event of all, if this is not the
// first response that the reader sees.
func (r *relay) skip(n int) {
	if n > 0 && r.stream.reply.response != none {
		r.drop, r.whole = true, n
		r.flush()
	}
}

// isFlowing reports whether events that are like the one before may pass unread: all
// that came has passed, and the next event begins with the next byte.
func (r *relay) isFlowing() bool {
	return !r.stopped && r.phase == event.PhaseStreaming && r.free && !r.drop && r.told == r.body.size &&
		r.stream.reply.has == shown && r.stream.reply.response == framed && r.body.decoder.AtEvent()
}

// skim passes a chunk of nothing but such events. Otherwise it returns what is left
// after those that the chunk begins with, which are then to be passed.
func (r *relay) skim(chunk []byte) (rest []byte) {
	rest = chunk
	for len(rest) > 0 {
		n, _ := r.reader.Again(rest, &r.event.Event)
		if n == 0 || r.isTooLarge() {
			break
		}
		rest = rest[n:]
	}
	n := len(chunk) - len(rest)
	if n == 0 {
		return rest
	}
	r.body.size += n
	r.whole = r.body.size
	if len(rest) == 0 {
		r.clocks.passed()
		r.told = r.whole
		r.to.Pass(n)
	}
	return rest
}

func (r *relay) like(chunk []byte) (rest []byte) {
	rest = chunk
	for len(rest) > 0 {
		n, _ := r.reader.Again(rest, &r.event.Event)
		if n == 0 || r.isTooLarge() {
			break
		}
		rest = rest[n:]
		r.body.decoder.Skip(n)
	}
	if len(rest) < len(chunk) {
		r.signal = provider.Signal{Progress: true, Content: true}
		r.take(&r.signal)
		if !r.clocks.progress {
			r.progressed()
		}
	}
	return rest
}

func (r *relay) take(sig *provider.Signal) {
	switch {
	case sig.Restarted:
		// Nothing can be taken back. What was asked for broke off before.
		r.err, r.stopped = r.stream.reply.cut, true
		return
	case r.body.ended || sig.Done || sig.Void:
		return // all that is left is passed, if this was the end
	case sig.Skip != r.drop:
		r.flush()
		r.drop = sig.Skip
	}
	r.whole, r.any = r.body.at(), true
	// An empty reply may be asked for again.
	r.free = r.free || sig.Content && !r.reader.Empty()
}

func (r *relay) fed() {
	b := &r.body
	// An event that says that the reply has failed, but not why, waits for the reason.
	_, failed := r.reader.Failed()
	if b.format == eventStream && !r.stopped && !b.strays.open && !failed && b.decoder.Idle() {
		r.whole = b.size
	}
	// What an attempt that failed has not shown yet may be replaced unseen.
	if r.free && (r.err == nil || r.stream.reply.has != nothing) {
		r.flush()
	}
	if most := r.stream.opts.MaxEventBytes; b.size-r.told > most && !r.stopped {
		r.passHeld()
		if b.size-r.told > 2*most {
			r.tooLarge(nil)
		}
	}
}

func (r *relay) end(t tail) {
	switch {
	case t == open && r.body.format == eventStream:
		// SDKs count no such event.
		r.whole = r.body.size
		r.flush()
		r.to.Append([]byte("\n\n"))
	case t == broken:
		r.flushAll()
	}
}

// flushAll decides about all that was fed.
func (r *relay) flushAll() {
	r.flush()
	if n := r.body.size - r.told; n > 0 {
		r.told = r.body.size
		r.to.Drop(n)
	}
}

// flush decides about whole events.
func (r *relay) flush() {
	n := r.whole - r.told
	r.told = r.whole
	switch {
	case n == 0:
	case r.drop:
		r.to.Drop(n)
	default:
		r.handOver()
		if r.any {
			r.stream.reply.show(false)
		}
		r.to.Pass(n)
	}
}

// handOver notes that the reader has a response now.
func (r *relay) handOver() {
	p := &r.stream.reply
	if p.response != none {
		return
	}
	if p.response = unframed; r.isStream(true) {
		p.response = framed
	}
}

func (r *relay) fail(f failure.Failure) Ending {
	has, b := r.stream.reply.response, &r.body
	isDocument := b.isDocument() && r.reported > 0 && has != framed
	isStream := has == framed || has == none && (b.format == eventStream || b.format == jsonLines)
	if !isDocument && !isStream {
		if has == none && b.head.StatusCode >= 400 {
			return EndResponse
		}
		return EndError
	}
	var alone, made []byte
	if isStream {
		alone, made = r.reader.ErrorEvent(f)
	}
	if r.reported == 0 && made == nil {
		if r.free {
			r.flush() // content may have come in one chunk with the failure
		}
		if has != none {
			r.flushAll()
		}
		return EndError
	}
	r.flush()
	if len(alone) > 0 {
		r.to.Append(alone)
	}
	if r.reported > 0 {
		r.whole, r.drop = r.reported, false
		r.flush()
	}
	r.flushAll()
	if r.reported == 0 {
		r.to.Append(made)
	}
	return EndBody
}
