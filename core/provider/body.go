package provider

import (
	"bytes"
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// MaxErrorBody is how much of an error body is looked at, in bytes.
const MaxErrorBody = 64 << 10

// How long whoever makes requests should wait for the start of an error body, for what
// follows it, and for all that is looked at. The status is known, and the start says the
// rest; some servers never end such a body.
const (
	ErrorBodyStart = time.Second
	ErrorBodyPause = 500 * time.Millisecond
	ErrorBodyTime  = 3 * time.Second
)

// Bounds on what is taken from one body, as it may hold anything.
const (
	maxCodes    = 32
	maxMessages = 8
	maxNested   = 8 // objects in objects, from the outermost one on
	maxStrings  = 3 // documents in strings
)

// errorBody is what is in an error object, whatever its shape.
type errorBody struct {
	// message is the innermost sentence, which is the reason that a person reads.
	message string
	// around are the sentences of whoever passed it on, the innermost first.
	around []string
	// codes are machine-readable types, codes and statuses, the most telling
	// first. A number that is no HTTP status is a code too; see baseResp.
	codes []string
	// status is an HTTP status named inside the body, 0 for none.
	status int
	// delay is when to come again, in any of the forms that resetAt reads.
	delay string
	// delayUnit is what a small number counts in delay.
	delayUnit time.Duration
	// quotas are the ids of the quotas that Google says are used up.
	quotas []string
	// wrapped reports whether the error stood in an error member, rather than in flat
	// members that other objects have too.
	wrapped bool
	// failed reports whether the document says of itself that it is an error.
	failed bool
	// reply reports whether it has what replies have.
	reply bool
	// detail reports whether it has a FastAPI server's only member.
	detail bool

	// ranks are those of codes.
	ranks []rank
	// depth is that of message.
	depth int
}

// baseResp begins a code that is a number of MiniMax's base_resp, as others have
// numbers of their own.
const baseResp = "base_resp."

// rank orders the codes: what says more goes first, whatever the order in the
// document.
type rank uint8

const (
	decisive  rank = iota // what a provider's file makes of the rest
	canonical             // an error_type, which gateways keep for what they mean
	inner                 // inside details, metadata or a document in a string
	own                   // beside the message
	outer                 // around the error member
	upstream              // of a provider behind a gateway
)

// parseErrorBody reads an error body of any shape: the message, the codes, a status
// and a delay are looked for where providers and gateways are known to put them,
// and the containers they use may be nested. Such are
//
//	{"error":{"message","type","code","status","param","details","metadata"}}  most
//	{"type":"error","error":{"type","message","details":{"error_code"}}}        Anthropic
//	{"error":"text"}, {"code":"text","error":"text"}                            Ollama, xAI
//	{"object":"error","message","type","code"}, {"message"}                     Mistral, vLLM, Cohere
//	{"type":"error","code","message"}                                           OpenAI Responses
//	{"detail":"text"}, {"detail":[{"msg"}]}                                     FastAPI servers
//	[{"error":{...}}], {"errors":[{...}]}                                       Google, Cloudflare
//	{"base_resp":{"status_code","status_msg"}}                                  MiniMax
//	{"code","msg"}, {"error_code","error_msg"}, {"success":false,"message"}     others
//	{"title","detail","status","type"}                                          RFC 9457
//	{"response":{"error":{...}}}, {"error":{...},"response":{...}}              Responses
//
// and each of them as a string: a message that is JSON, or a Python dict, or that
// holds one ("Error code: 429 - {...}"); the data of an event stream.
//
// An error that is null is none. ok is false when nothing was found. A body cut
// short gives what stands before the cut.
func parseErrorBody(data []byte) (e errorBody, ok bool) {
	c := jsonscan.New(data)
	switch c.Peek() {
	case '{', '[':
		e.read(&c, nesting{}, outer)
	default:
		e.readFramed(data)
	}
	return e, e.message != "" || len(e.codes) > 0 || e.status != 0
}

// nesting is how deep a value stands.
type nesting struct {
	// objects is in how many objects or arrays.
	objects int
	// strings is in how many documents in strings.
	strings int
}

// read reads an object, or those of an array.
func (e *errorBody) read(c *jsonscan.Cursor, at nesting, as rank) {
	if at.objects++; at.objects > maxNested {
		return
	}
	if c.Peek() == '[' {
		c.Array(func(index int) {
			if index < maxMessages {
				e.read(c, at, as)
			}
		})
		return
	}
	c.Object(func(key []byte) { e.readMember(c, string(key), at, as) })
}

// say notes a sentence. Of one that is a document, or that has one in it, it notes
// what that says, and what stands before it.
func (e *errorBody) say(s string, at nesting) {
	if s == "" {
		return
	}
	if before, doc := document(s); doc != nil && at.strings < maxStrings {
		var in errorBody
		c := jsonscan.New(doc)
		in.read(&c, nesting{at.objects, at.strings + 1}, outer)
		if in.message != "" {
			e.take(&in)
			s = strings.TrimRight(before, " -:b'\"")
		}
	}
	e.put(s, at.objects+at.strings)
}

// put notes a sentence that stands so deep; the deepest is the message. One may
// begin with a status: "<400> ...", "[429] ...".
func (e *errorBody) put(s string, depth int) {
	if len(s) > 5 && (s[0] == '<' && s[4] == '>' || s[0] == '[' && s[4] == ']') {
		c := jsonscan.New([]byte(s[1:4]))
		if n, ok := c.Int(); ok && n >= 400 && n < 600 {
			e.status, s = int(n), strings.TrimSpace(s[5:])
		}
	}
	switch {
	case s == "" || len(e.around) >= maxMessages:
	case e.message == "":
		e.message, e.depth = s, depth
	case depth > e.depth:
		e.around = append([]string{e.message}, e.around...)
		e.message, e.depth = s, depth
	default:
		e.around = append(e.around, s)
	}
}

// take adds what a document in a string says.
func (e *errorBody) take(in *errorBody) {
	for i, code := range in.codes {
		e.addCode(code, min(in.ranks[i], inner))
	}
	e.quotas = append(e.quotas, in.quotas...)
	if in.status != 0 {
		e.status = in.status
	}
	if in.delay != "" {
		e.delay, e.delayUnit = in.delay, in.delayUnit
	}
	e.put(in.message, in.depth)
	for _, s := range in.around {
		e.put(s, in.depth-1)
	}
}

// readCode reads a type, code or status: a string, or a number, which may be an HTTP
// status.
func (e *errorBody) readCode(c *jsonscan.Cursor, as rank) {
	switch kind := c.Peek(); {
	case kind == '"':
		s := text(c)
		if s == "error" {
			e.failed = true
			return
		}
		if s != "" && isDigit(s[0]) {
			n := jsonscan.New([]byte(s))
			if code, ok := n.Int(); ok {
				e.addNumber(code, as)
				return
			}
		}
		// The type of a problem is a URL, which says nothing but where to read.
		if !strings.Contains(s, "://") && s != "None" && s != "null" && s != "about:blank" {
			e.addCode(s, as)
		}
	case kind == '-' || isDigit(kind):
		if n, ok := c.Int(); ok {
			e.addNumber(n, as)
		}
	}
}

// addNumber notes a number that stands for a status or a code.
func (e *errorBody) addNumber(n int64, as rank) {
	switch {
	case n >= 400 && n < 600:
		e.status = int(n)
	case n != 0 && n < 200 || n >= 600:
		e.addCode(decimal(n), as)
	}
}

// putFirst puts a code before all others.
func (e *errorBody) putFirst(code string) { e.addCode(code, decisive) }

// addCode puts a code after those that say as much.
func (e *errorBody) addCode(code string, as rank) {
	if code == "" || len(e.codes) >= maxCodes {
		return
	}
	e.codes, e.ranks = append(e.codes, code), append(e.ranks, as)
	for i := len(e.codes) - 1; i > 0 && e.ranks[i-1] > as; i-- {
		e.codes[i], e.codes[i-1] = e.codes[i-1], code
		e.ranks[i], e.ranks[i-1] = e.ranks[i-1], as
	}
}

func (e *errorBody) setDelay(c *jsonscan.Cursor, in time.Duration) {
	var value string
	if c.Peek() == '"' {
		value = text(c)
	} else {
		value = string(c.Skip())
	}
	if value != "" && (e.delay == "" || e.delayUnit == 0) && (isDigit(value[0]) || value[0] == '.') {
		e.delay, e.delayUnit = value, in
	}
}

// text reads a string; anything else gives the empty string.
func text(c *jsonscan.Cursor) string {
	raw, ok := c.String()
	if !ok {
		return ""
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = jsonscan.Unquote(nil, raw)
	}
	return strings.TrimSpace(string(raw))
}

// decimal writes a number. It stands in for strconv, for what is read here.
func decimal(n int64) string {
	if n < 0 {
		return "-" + decimal(-n)
	}
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + string(rune('0'+n%10))
}

// clip bounds how much of a body is looked at.
func clip(b []byte) []byte { return bytes.TrimSpace(b[:min(len(b), MaxErrorBody)]) }
