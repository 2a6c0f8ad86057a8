package stream

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

// PassHeld says that the reader shall wait no longer for the beginning of this
// attempt's reply, and that a response is handed out now: whole events that are
// held are passed, and from now on each as it comes. Call it as long after the
// response's head as the reader may be kept waiting. It does nothing once
// something was passed, and belongs to the goroutine that feeds. It returns false
// when nothing more is to be fed, as Feed does: then the function given to Run
// should return.
func (a *Attempt) PassHeld() (more bool) { return !a.stopped }

// Unseen tells that the body is none to look at and is passed on as it is: a
// document, say, that took longer than the hold. Run returns nil for it. What goes
// wrong with the transfer is then the reader's to see; whereas after the end of a
// reply that was read nothing that becomes of the connection matters.
func (a *Attempt) Unseen() bool { return false }
