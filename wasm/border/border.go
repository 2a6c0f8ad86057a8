// Package border says once what both sides of the border must know alike. Go uses it as
// it is; `make types` writes it into web/src/module/border.gen.ts: each exported constant
// and list under its name there, each struct of words as the places of its fields, and
// Start, the struct of mixed fields, as a function that writes it.
package border

import (
	"time"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// WindowSize is the length of the window, through which chunks go, in bytes. Fetch hands
// out chunks of up to 64 KiB; larger ones are fed in pieces.
const WindowSize = 64 << 10

// What feed and passHeld answer: FeedCrashed, or the others added up.
const (
	// FeedCrashed is the answer after a bug; crashed was called.
	FeedCrashed = -1
	// FeedOver says that nothing of use follows.
	FeedOver = 1
	// FeedProgress says that the reply got further.
	FeedProgress = 2
	// FeedResume says that the program must be resumed, to have a timer noticed.
	FeedResume = 4
	// FeedRecords says that there are records to read.
	FeedRecords = 8
	// FeedPassed says that as many bytes as were fed are passed on, and nothing else. It
	// stands for a record of that.
	FeedPassed = 16
)

// Mailbox tells where everything is that a feed has left: addresses and lengths, in bytes
// but for the records.
type Mailbox struct {
	// Window is where chunks are put to be fed.
	Window uint32
	// Records is where the records are.
	Records uint32
	// RecordsLength is how long they are, in words.
	RecordsLength uint32
	// Texts is where the events' texts are, one after another.
	Texts uint32
	// TextsLength is how long they are.
	TextsLength uint32
	// Side is where the bytes are that are not in the window.
	Side uint32
	// SideLength is how long they are.
	SideLength uint32
}

// Record is what is left of one event. Types, ids, and data that is not in the window
// stand in the side bytes, one after another in this order; texts have bytes of their own.
type Record struct {
	// At is where in the window the data begins, or one of the numbers below.
	At uint32
	// Length is how long the data is, in bytes.
	Length uint32
	// Type is how long the type is, in bytes.
	Type uint32
	// ID is how long the id is, in bytes.
	ID uint32
	// Text is how long the text is, in bytes.
	Text uint32
}

// What a record's At may be instead of a place in the window.
const (
	// InSide says that the data is in the side bytes, after type and id.
	InSide = WindowSize + iota
	// IsReset says that the reply begins anew; Length is the attempt's number.
	IsReset
	// IsPass says that the next Length bytes of those that were fed are passed on. It
	// and the next two are those of a stream whose bytes are relayed.
	IsPass
	// IsDrop says that they are left out.
	IsDrop
	// IsAppend says that so many of the side bytes follow.
	IsAppend
	// IsBreak says that a text that begins at Length in the texts must not be joined to
	// the one before. Where nobody reads the events there are no records but this and
	// a reset.
	IsBreak
)

// How what Go has asked for is settled.
const (
	// SettledFailed comes with the name and the message of an error.
	SettledFailed = -1
	// SettledDone comes with what was asked for.
	SettledDone = 0
	// SettledRefused comes with nothing.
	SettledRefused = 1
)

// Ending says how the reader of a call's bytes is told of its end: as stream.Ending says,
// where it failed.
type Ending int32

const (
	// EndError is the end by the error.
	EndError = Ending(stream.EndError)
	// EndResponse is the end by the last response as it is.
	EndResponse = Ending(stream.EndResponse)
	// EndBody is the end by what was passed on last.
	EndBody = Ending(stream.EndBody)
	// EndComplete is the end of a reply: nothing of the connection matters any more.
	EndComplete Ending = 3
	// EndUnseen is the end of a body that was not looked at.
	EndUnseen Ending = 4
)

const (
	// ErrorBodyStartMs is how long to wait for the start of an error's body, in
	// milliseconds.
	ErrorBodyStartMs = int(provider.ErrorBodyStart / time.Millisecond)
	// ErrorBodyPauseMs is how long to wait for what follows the start, in milliseconds.
	ErrorBodyPauseMs = int(provider.ErrorBodyPause / time.Millisecond)
	// ErrorBodyMs is how long to wait for all that is looked at, in milliseconds.
	ErrorBodyMs = int(provider.ErrorBodyTime / time.Millisecond)
	// MaxErrorBody is how much of an error's body is looked at, in bytes.
	MaxErrorBody = provider.MaxErrorBody
	// DefaultHoldMs is how long the opening of a relayed reply is held unless the page
	// says otherwise, in milliseconds.
	DefaultHoldMs = int(stream.DefaultHold / time.Millisecond)
)
