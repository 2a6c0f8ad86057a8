package provider

import (
	"strconv"
	"strings"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	// minPathID and maxPathID are how short and how long a reply id is that goes into a
	// URL's path, in bytes. Those of providers have 20 or more.
	minPathID, maxPathID = 6, 256
	// maxEventID is the longest event id that is sent back, in bytes. Servers
	// refuse lines much longer than this.
	maxEventID = 2 << 10
)

// way is how the rest of a reply is asked for.
type way uint8

const (
	// bySSE: the same request again, with the header Last-Event-ID.
	bySSE way = iota
	// byNumber: the reply itself, after the number of an event.
	byNumber
	// byEventID: the reply itself, after an event whose id is in its data.
	byEventID
)

// Resume says how to ask for the rest of a reply that broke off. All of it is
// made of what the server sent and is safe to send back.
type Resume struct {
	// Method is the HTTP method, "GET"; empty for that of the first request.
	Method string
	// KeepBody tells whether the first request's body is sent again. Without it
	// there is none, and no Content-Type.
	KeepBody bool
	// HeaderName and HeaderValue are a header to set; empty for none. All other
	// headers are the first request's.
	HeaderName, HeaderValue string

	dialect *dialect
	// path and query are what the URL gains, escaped.
	path, query string
}

// URL gives the URL to ask, from that of the reply's first request. It returns
// false where the rest of the reply cannot be expected: at a page's own proxy,
// say, whose paths are its own.
func (u Resume) URL(first string) (url string, ok bool) {
	first, _, _ = strings.Cut(first, "#")
	if u.dialect == nil {
		return first, true
	}
	base, query, _ := strings.Cut(first, "?")
	base = strings.TrimRight(base, "/")
	if _, path := splitURL(base); !u.dialect.path(path) || path[strings.LastIndexByte(path, '/'):] != u.dialect.collection {
		return "", false
	}
	url = base + u.path + "?"
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(pair, "=")
		switch name {
		case "", "stream", "starting_after", "last_event_id":
		default:
			url += pair + "&"
		}
	}
	return url + u.query, true
}

// TrackResume makes the reader note what Resume needs, from the first event on.
// It costs some time for each event, unless the stream turns out to be one that
// cannot be resumed.
func (r *Reader) TrackResume() { r.track = newTracker() }

// Resume tells whether the reply that broke off after the last event read can be
// continued, and how. It is false without TrackResume, after an error of the
// provider's own, after an answer that was no continuation, and whenever
// anything about the ids or numbers of the events is odd; then only a new start
// helps.
//
// The last event of a body that lacks its blank line should not be read where
// Resume is wanted: its id may be cut short.
func (r *Reader) Resume() (u Resume, ok bool) {
	t, d := r.track, r.provider.dialect
	if t == nil || t.odd || t.over || r.complete {
		return Resume{}, false
	}
	w := t.way(d)
	if w == bySSE {
		if !t.resumable() || !isVisible(t.token) {
			return Resume{}, false
		}
		return Resume{KeepBody: true, HeaderName: "Last-Event-ID", HeaderValue: string(t.token)}, true
	}
	u = Resume{Method: "GET", dialect: d, path: "/" + t.reply, query: "stream=true"}
	if t.replies != 1 || !isPathSafe(t.reply) {
		return Resume{}, false
	}
	if w == byNumber {
		u.query += "&starting_after=" + strconv.FormatInt(t.number, 10)
		return u, t.number >= 0
	}
	u.query += "&last_event_id=" + escapeQuery(t.token)
	return u, t.resumable() && isVisible(t.token)
}

// NewResumed gives a reader for the answer to the request that Resume describes.
// It goes on where r stands and leaves r as it is. Events that r has read
// already come with Signal.Skip; an answer that starts the reply over from its
// first event with Signal.Restarted; one that is no continuation fails, and
// Resume is false from then on. Until the answer has brought something new, Resume
// asks for the same again.
func (r *Reader) NewResumed() *Reader {
	n := &Reader{
		provider: r.provider, confirmed: r.confirmed, complete: r.complete,
		events: r.events, understood: r.understood,
		seen: r.seen, finished: r.finished, content: r.content, tools: r.tools, unquoter: r.unquoter,
	}
	if _, ok := r.Resume(); ok {
		n.track = r.track.resumed()
	} else {
		n = r.provider.NewReader()
		n.TrackResume()
	}
	return n
}

// readTracked is Read for a reader that tracks.
func (r *Reader) readTracked(ev sse.Event) {
	if isHeartbeat(ev) {
		r.look(ev)
		return
	}
	if !r.confirmed {
		r.recognise(ev)
	}
	t, d := r.track, r.provider.dialect
	p := t.place(d, ev)
	if t.isResumed && !t.joined && isDone(ev.Data) {
		// What was asked for is missing: this may be the end of another reply.
		r.lost()
		return
	}
	switch t.join(p, d) {
	case skipped:
		r.events++
		r.signal.Skip = true
		return
	case lost:
		r.lost()
		return
	case restarted:
		r.seen, r.finished, r.content, r.complete = 0, 0, false, false
		r.unquoter = jsonscan.Unquoter{}
		t = newTracker()
		r.track, p = t, t.place(d, ev)
		r.look(ev)
		r.signal.Restarted = true
	default:
		r.look(ev)
	}
	if !t.follow(p, d, &r.signal, ev) {
		r.lost()
	}
	if t.misses >= maxMisses {
		r.track = nil
	}
}

// lost fails the attempt, for its answer is not what was asked for.
func (r *Reader) lost() {
	r.track.over = true
	r.complete, r.text = false, r.text[:0]
	f := r.provider.Failure(failureLost, 0)
	f.Detail = "the answer does not continue the reply that broke off"
	r.signal = Signal{Failure: &f, Unreported: true}
}

// isPathSafe tells whether an id can stand in a URL's path as it is and name nothing
// but a reply. Beside the replies there are endpoints, such as "cancel",
// "input_items" and "compact": words, which an id with a digit in it is not.
func isPathSafe(id string) (digit bool) {
	if len(id) < minPathID || len(id) > maxPathID {
		return false
	}
	for i := range len(id) {
		if !isUnreserved(id[i]) && id[i] != '=' {
			return false
		}
		digit = digit || isDigit(id[i])
	}
	return digit
}

// isVisible tells whether an event's id is visible ASCII, and so can stand in a
// header.
func isVisible(id []byte) bool {
	if len(id) == 0 || len(id) > maxEventID {
		return false
	}
	for _, b := range id {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

func isUnreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
		b == '-' || b == '_' || b == '.' || b == '~'
}

func escapeQuery(id []byte) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range id {
		if isUnreserved(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
