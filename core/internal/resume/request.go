package resume

import (
	"strconv"
	"strings"

	"github.com/retrystream/retrystream/core/internal/dialect"
)

const (
	// minPathID and MaxPathID are how short and how long a reply id is that goes into a
	// URL's path, in bytes. Those of providers have 20 or more.
	minPathID, MaxPathID = 6, 256
	// maxEventID is the longest event id that is sent back, in bytes. Servers
	// refuse lines much longer than this.
	maxEventID = 2 << 10
)

// Request describes how to ask for the rest of a reply that broke off. All of it
// is made of what the server sent and is safe to send back.
type Request struct {
	// Method is the HTTP method, "GET"; empty for that of the first request.
	Method string
	// KeepBody reports whether the first request's body is sent again. Without it
	// there is none, and no Content-Type.
	KeepBody bool
	// HeaderName is a header to set; empty for none. All other headers are the first
	// request's.
	HeaderName string
	// HeaderValue is the value of HeaderName.
	HeaderValue string

	// dialect is that of the URL to ask, nil where it is the first request's.
	dialect *dialect.Dialect
	// path is what the URL's path gains, escaped.
	path string
	// query is what the URL's query gains, escaped.
	query string
}

// URL returns the URL to ask, from that of the reply's first request. It returns
// false where the rest of the reply cannot be expected: at a page's own proxy,
// say, whose paths are its own.
func (u Request) URL(first string) (url string, ok bool) {
	first, _, _ = strings.Cut(first, "#")
	if u.dialect == nil {
		return first, true
	}
	base, query, _ := strings.Cut(first, "?")
	base = strings.TrimRight(base, "/")
	if _, path := dialect.SplitURL(base); !u.dialect.Path(path) || path[strings.LastIndexByte(path, '/'):] != u.dialect.Collection {
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

// Request reports whether the reply can be continued after the last event that was
// noted, and how. It is false whenever anything about the ids or numbers of the
// events is odd; then only a new start helps.
func (t *Tracker) Request(d *dialect.Dialect) (u Request, ok bool) {
	if t.odd || t.over {
		return Request{}, false
	}
	w := t.way(d)
	if w == dialect.BySSE {
		if !t.resumable() || !isVisible(t.token) {
			return Request{}, false
		}
		return Request{KeepBody: true, HeaderName: "Last-Event-ID", HeaderValue: string(t.token)}, true
	}
	u = Request{Method: "GET", dialect: d, path: "/" + t.reply, query: "stream=true"}
	if t.replies != 1 || !isPathSafe(t.reply) {
		return Request{}, false
	}
	if w == dialect.ByNumber {
		u.query += "&starting_after=" + strconv.FormatInt(t.number, 10)
		return u, t.number >= 0
	}
	u.query += "&last_event_id=" + escapeQuery(t.token)
	return u, t.resumable() && isVisible(t.token)
}

// isPathSafe reports whether an id can stand in a URL's path as it is and name
// nothing but a reply. Beside the replies there are endpoints, such as
// "cancel", "input_items" and "compact": words, which an id with a digit in it
// is not.
func isPathSafe(id string) (digit bool) {
	if len(id) < minPathID || len(id) > MaxPathID {
		return false
	}
	for i := range len(id) {
		if !isUnreserved(id[i]) && id[i] != '=' {
			return false
		}
		digit = digit || id[i] >= '0' && id[i] <= '9'
	}
	return digit
}

// isVisible reports whether an event's id is visible ASCII, and so can stand in a
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
