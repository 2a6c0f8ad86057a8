package provider

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// Recognised tells whether the reader knows which dialect it reads.
func (r *Reader) Recognised() bool { return r.provider.dialect != nil }

// OpensLines tells whether a body that starts with this line of JSON is a stream
// of one object a line, rather than one document.
func (r *Reader) OpensLines(line []byte) bool {
	ev := sse.Event{Data: line}
	if !Whole(ev) {
		return false
	}
	keys := scanTopLevel(line)
	for _, def := range r.provider.all {
		for _, d := range def.dialects {
			if d.lines && d.opens(ev, keys) {
				r.use(def, d)
				return true
			}
		}
	}
	return false
}

// use settles which dialect the events are read by.
func (r *Reader) use(def *definition, d *dialect) {
	r.confirmed = true
	if r.provider.dialect == d {
		return
	}
	r.provider.dialect = d
	if !r.provider.certain {
		r.provider.def = def
	}
}

// recognise tells the dialect by an event that no other one sends. It corrects
// what the path said: a page's own proxy may be called anything, and Vertex AI
// serves several APIs at one path.
func (r *Reader) recognise(ev sse.Event) {
	keys := scanTopLevel(ev.Data)
	for _, def := range r.provider.all {
		for _, d := range def.dialects {
			if !d.lines && d.opens(ev, keys) {
				r.use(def, d)
				return
			}
		}
	}
}

// topLevel says which telling members an event's object has.
type topLevel struct {
	typ                          []byte
	choices, candidates, usageMD bool
	eventType, done, model       bool
}

func scanTopLevel(data []byte) (t topLevel) {
	c := jsonscan.New(data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			t.typ, _ = c.String()
		case "choices":
			t.choices = true
		case "candidates":
			t.candidates = true
		case "usageMetadata":
			t.usageMD = true
		case "event_type":
			t.eventType = true
		case "done":
			t.done = true
		case "model":
			t.model = true
		}
	})
	return t
}

// isHeartbeat tells the events by which servers and proxies keep a connection
// alive and that are not JSON: no data, or a word with a telling name.
func isHeartbeat(ev sse.Event) bool {
	data := bytes.TrimSpace(ev.Data)
	if len(data) == 0 {
		return true
	}
	switch string(ev.Type) {
	case "ping", "keepalive", "keep-alive", "heartbeat":
		return data[0] != '{'
	}
	return false
}
