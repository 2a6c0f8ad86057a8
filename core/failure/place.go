package failure

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// presumed judges what nothing is known about, by its place: an attempt to reach
// the provider, or to read the reply. There most things that go wrong pass. What a
// program does wrong does not.
func presumed(err error, text string) (fact, bool) {
	if _, panicked := err.(interface{ RuntimeError() }); panicked || isScriptBug(text) {
		return fact{}, false
	}
	return unclear, true
}

// scriptBugs are the errors that JavaScript throws at a program's own mistakes,
// never for a connection.
var scriptBugs = [...]string{"RangeError: ", "ReferenceError: ", "SyntaxError: ", "EvalError: ", "URIError: ", "InvalidStateError: ", "DataCloneError: "}

// typeMistakes tell a program's own TypeError from that of a fetch that failed. The
// engines word them differently; and how a request must not be made is among them.
var typeMistakes = [...]string{
	" is not a", " is not iterable", " is not defined", " is undefined", "undefined is ", "null is ",
	" of undefined", " of null", "annot read prop", "annot set prop", "annot destructure", "annot convert", "an't access",
	"ailed to execute", "ailed to construct", "annot have body", "already read", "is unusable", "is locked", "disturbed",
	"nvalid header", "nvalid name", "nvalid method", "nvalid value",
}

func isScriptBug(text string) bool {
	for _, name := range scriptBugs {
		if strings.HasPrefix(text, name) {
			return true
		}
	}
	said, ok := strings.CutPrefix(text, "TypeError: ")
	return ok && anyIn(said, typeMistakes[:])
}

// maxBroken is how long a text may be, in bytes, that is judged by what it is
// about: in a longer one any words meet.
const maxBroken = 1 << 10

// brokenIn tells a text that says, in words nobody listed, that a connection could
// not be made or broke, that a name was not found for now, or that a body came
// damaged. It is asked last.
func brokenIn(text string) fact {
	if len(text) > maxBroken {
		return fact{}
	}
	lower := ascii.ToLower(text)
	has := func(words ...string) bool { return anyIn(lower, words) }
	ended := has("closed", "reset", "lost", "broken", "interrupted", "dropped", "disconnect", "terminated", "ended", "unexpected end",
		"hung up", "cut off", "died", "severed", "abort", "not connected", "failed", "error")
	wrong := has("error", "fail", "invalid", "illegal", "corrupt", "incorrect", "unexpected", "malformed")
	switch {
	case has("stream error: stream id"):
		// A reset of this side's own: a program's fault, and no word for it.
	case has("stream", "response", "reply") && has("before", "without", "premature", "not ") && has("complet", "terminal", "finish"):
		return fact{kind: Truncated, retryable: true}
	case has("unreachable", "not reachable", "host is down", "network is down", "too many open files", "no buffer space"),
		has("unable to ", "failed to ", "failure to ", "could not ", "couldn't ", "cannot ", "can't ", "error trying to ") &&
			has("to connect", "not connect", "n't connect", "cannot connect", "establish", "reach the", "to reach", "open socket", "open a connection"),
		ended && has("connection", "socket", "tunnel", "transport", "tcp connect", "body error", "of stream", "stream was", "stream dis", "stream term", "the stream"):
		return lost
	case has("temporar", "try again") && has("resol", "getaddrinfo", "lookup ", "dns"):
		return lost
	case wrong && (has("decompress", "zlib", "gzip", "brotli", "zstd", "chunk header", "chunk size", "chunk length", "chunkedencoding", "chunklength") ||
		has("decod") && has("response", "body", "chunk") && !has("request")):
		return lost
	}
	return fact{}
}

// anyIn tells whether one of the words is in the text.
func anyIn(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
