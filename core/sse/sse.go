// Package sse reads and writes server-sent events by the WHATWG rules, as bytes
// come in.
package sse

// Event is one dispatched event. Its slices point into the decoder or into the
// chunk being fed and are valid until the function they were given to returns.
type Event struct {
	// Type is the event's name; empty means "message".
	Type []byte
	// Data is the payload, lines joined by LF. Invalid UTF-8 is passed through.
	Data []byte
	// ID is the last event id seen so far, this event's included.
	ID []byte
}
