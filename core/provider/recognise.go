package provider

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/sse"
)

// Recognised reports whether the reader knows which dialect it reads.
func (r *Reader) Recognised() bool { return r.provider.dialect != nil }

// Respond takes the head of the response whose events are going to be read: a
// header may tell the dialect.
func (r *Reader) Respond(res Response) {
	if r.confirmed {
		return
	}
	for _, def := range definitions {
		for _, d := range def.dialects {
			if d.Header != "" && res.header(d.Header) == d.HeaderValue {
				r.use(def, d)
				r.announced = true
			}
		}
	}
}

// OpensLines reports whether a body that starts with this line of JSON is a stream
// of one object a line, rather than one document.
func (r *Reader) OpensLines(line []byte) bool {
	ev := sse.Event{Data: line}
	if !Whole(ev) {
		return false
	}
	keys := dialect.ScanKeys(line)
	for _, def := range definitions {
		for _, d := range def.dialects {
			if d.Lines && d.Opens(keys) {
				r.use(def, d)
				return true
			}
		}
	}
	return false
}

// use settles which dialect the events are read by.
func (r *Reader) use(def *definition, d *dialect.Dialect) {
	r.confirmed = true
	if r.provider.dialect == d {
		return
	}
	r.provider.dialect = d
	r.content = false // what came before it was only taken for content
	if !r.provider.certain {
		r.provider.def = def
	}
}

// recognise finds the dialect by an event that no other one sends. It corrects
// what the path said: a page's own proxy may be called anything, and Vertex AI
// serves several APIs at one path.
func (r *Reader) recognise(ev sse.Event) {
	keys := dialect.ScanKeys(ev.Data)
	for _, def := range definitions {
		for _, d := range def.dialects {
			if !d.Lines && d.Opens(keys) {
				r.use(def, d)
				return
			}
		}
	}
}

// isHeartbeat reports whether an event is one by which servers and proxies keep a
// connection alive, and that is not JSON: no data, or a word with a telling name.
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
