// Package dialect knows the streaming APIs: what their events state. A [Dialect]
// reads an event once and fills in a [Fact]; what a fact means for the request, and
// for the reply so far, is for package provider to judge.
package dialect

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// Dialect is one streaming API.
type Dialect struct {
	// Lines means that the body is one JSON object a line, no event stream.
	Lines bool
	// Path reports whether requests to this URL path speak the dialect.
	Path func(path string) bool
	// Opens reports whether a stream that starts with this event speaks it.
	Opens func(keys Keys) bool
	// Header is a response header, in lower case, that only this dialect has; empty
	// for none.
	Header string
	// HeaderValue is the value of Header.
	HeaderValue string
	// Failing is the event by which a stream in the dialect fails, such that the
	// provider's own SDKs raise an error. Its places begin with '$' and are filled in
	// by provider.Reader.ErrorEvent.
	Failing string
	// Alone is what must come before Failing, in a chunk of its own, for one of those
	// SDKs to raise its error; empty for none. It has places, too.
	Alone string
	// DoneEnds reports whether servers exist which end a reply by [DONE] alone.
	DoneEnds bool
	// ByHand reports whether servers exist which end a reply by nothing, where they do
	// not send Header.
	ByHand bool
	// Way is how the rest of a reply is asked for.
	Way Way
	// Collection is the end of the path that replies are under, where Way asks the
	// reply itself.
	Collection string

	// member reads a member of the event's object, at the fact's cursor. The error
	// member, the type and the object's name are read by Parse.
	member func(f *Fact, key []byte)
	// conclude fills in what the members mean together. It is not asked where the event
	// is an error. May be nil.
	conclude func(f *Fact)
}

// Way is how the rest of a reply is asked for.
type Way uint8

const (
	// BySSE: the same request again, with the header Last-Event-ID.
	BySSE Way = iota
	// ByNumber: the reply itself, after the number of an event.
	ByNumber
	// ByEventID: the reply itself, after an event whose id is in its data.
	ByEventID
)

// Parse reads an event into f. It returns false when the event's data is not
// whole JSON; then f has what stands before the damage.
func (d *Dialect) Parse(ev sse.Event, f *Fact) (whole bool) {
	f.reset()
	if IsDone(ev.Data) {
		f.Done = true
		return true
	}
	f.data = ev.Data
	f.c = jsonscan.NewNoting(ev.Data, &f.Unread)
	isError := string(ev.Type) == "error"
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			isError = f.c.Present() || isError
		case "type":
			f.typ, _ = f.c.String()
			isError = isError || string(f.typ) == "error"
		case "object":
			object, _ := f.c.String()
			isError = isError || string(object) == "error"
		default:
			d.member(f, key)
		}
	})
	switch {
	case isError:
		f.Error = ev.Data
		f.Place.Aside = true
	case d.conclude != nil:
		d.conclude(f)
	}
	return f.c.End()
}

// IsError reports whether an event of any stream is an error: it is named so, its
// object is, or has an error.
func IsError(ev sse.Event) (is bool) {
	is = string(ev.Type) == "error"
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			is = c.Present() || is
		case "type", "object":
			name, _ := c.String()
			is = is || string(name) == "error"
		}
	})
	return is
}

// Keys is which telling members an event's object has.
type Keys struct {
	// typ is the member "type", if it is a string.
	typ []byte
	// The others report whether there is a member of that name.
	choices, candidates, usageMD bool
	eventType, done, model       bool
	errorText                    bool
}

// ScanKeys finds the telling members of an event's data.
func ScanKeys(data []byte) (k Keys) {
	c := jsonscan.New(data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			k.typ, _ = c.String()
		case "choices":
			k.choices = true
		case "candidates":
			k.candidates = true
		case "usageMetadata":
			k.usageMD = true
		case "event_type":
			k.eventType = true
		case "done":
			k.done = true
		case "model":
			k.model = true
		case "errorText":
			k.errorText = true
		}
	})
	return k
}

// IsDone reports whether an event's data is [DONE].
func IsDone(data []byte) bool { return string(bytes.TrimSpace(data)) == "[DONE]" }
