package failure

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// StatusCodeRetryable reports whether another try can help after an HTTP status
// that came without a telling body. It agrees with [StatusKind].
func StatusCodeRetryable(code int) bool {
	_, retryable := StatusKind(code)
	return retryable
}

// StatusKind returns the kind of an HTTP status that came without a telling
// body, and whether another try can help. Anything below 400 or above 999 is
// Unknown and not retryable; for statuses that nobody knows see [UnknownStatus].
//
// Retryable are, besides 408, 429 and the common server statuses: 409
// (Anthropic's conflict_error, and every SDK built by Stainless), 424 (a model
// stream error at Bedrock), 425 (RFC 8470 asks for another try), 498 (capacity at
// Groq), and Cloudflare's 520 to 524 and 530. 499 is a request that somebody on
// the way canceled; Gemini sends it too.
func StatusKind(code int) (kind Kind, retryable bool) {
	switch code {
	case 401:
		return Auth, false
	case 402:
		return UsageLimit, false
	case 403, 451:
		return Permission, false
	case 404:
		return ModelNotFound, false
	case 408, 504, 522, 524, 598, 599:
		return Timeout, true
	case 409, 424, 425:
		return Server, true
	case 413:
		return ContextExceeded, false
	case 429:
		return RateLimit, true
	case 498, 529:
		return Overloaded, true
	case 499:
		return Canceled, false
	case 501, 505, 506, 510, 511, 525, 526:
		// The server says that it cannot do this at all, or that its TLS is
		// set up wrongly; neither passes by itself.
		return Server, false
	}
	switch {
	case code >= 500 && code <= 999:
		return Server, true
	case code >= 400 && code <= 499:
		return InvalidRequest, false
	}
	return Unknown, false
}

// failed reports whether an HTTP status can belong to a failure. An error that
// carries a 200 is one that came inside a stream which had begun well.
func failed(code int) bool { return code >= 300 && code <= 999 }

// statusInText finds the HTTP status that a text speaks of, 0 if it speaks of
// none. A number that the text calls a status wins ("status 404", "error code:
// 400", "HTTP/1.1 502"); next comes one where an SDK puts it ("404 The model",
// `POST "https://...": 409 Conflict`); last, one of a few well-known statuses
// standing alone, unless it is a port, an HTTP/2 stream id or an amount.
func statusInText(text string) int {
	code, _ := findStatus(text)
	return code
}

// NamedStatus returns the HTTP status that a text calls one ("Request failed with status
// code 401"), 0 if it calls no number that.
func NamedStatus(text string) int {
	if code, rank := findStatus(beginning(text)); rank == 3 {
		return code
	}
	return 0
}

// findStatus returns the status that a text speaks of, and how sure that is: 3 where it is
// called a status, then 2 and 1.
func findStatus(text string) (found, foundRank int) {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		start := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		if i-start != 3 || !standsFree(text, start, i) {
			continue
		}
		code := int(text[start]-'0')*100 + int(text[start+1]-'0')*10 + int(text[start+2]-'0')
		if !failed(code) || code > 599 {
			continue
		}
		before, after := text[:start], text[i:]
		switch {
		case calledStatus(before):
			return code, 3
		case foundRank < 2 && code >= 400 && placedAsStatus(before, after):
			found, foundRank = code, 2
		case foundRank < 1 && wellKnown(code) && !isAmount(before, after):
			found, foundRank = code, 1
		}
	}
	return found, foundRank
}

// standsFree reports whether the digits text[start:end] are a number of their
// own rather than a piece of a word, a decimal, an address or a port.
func standsFree(text string, start, end int) bool {
	if start > 0 {
		switch c := text[start-1]; {
		case isAlnum(c), strings.IndexByte("_.-/#$%", c) >= 0:
			return false
		case c == ',' && start > 1 && isDigit(text[start-2]):
			return false
		case c == ':' && start > 1 && (isAlnum(text[start-2]) || text[start-2] == ']'):
			// host:503 is a port, but status:503 is not.
			return calledStatus(text[:start])
		}
	}
	if end < len(text) {
		switch c := text[end]; {
		case isAlnum(c), c == '_', c == '%':
			return false
		case (c == '.' || c == ',') && end+1 < len(text) && isDigit(text[end+1]):
			return false
		}
	}
	return true
}

// calledStatus reports whether the text before a number calls it a status.
func calledStatus(before string) bool {
	word := strings.TrimRight(before, " \t:='\"\\([")
	if len(before)-len(word) > 5 {
		return false
	}
	for _, name := range [...]string{"status", "http", "http/1.0", "http/1.1", "http/2", "http/2.0", "http/3"} {
		if hasSuffixFold(word, name) {
			return true
		}
	}
	if !hasSuffixFold(word, "code") {
		return false
	}
	// "error code", "statusCode" and "err_code", but not "decode" or "unicode".
	word = word[:len(word)-len("code")]
	switch {
	case word == "", !isAlnum(word[len(word)-1]):
		return true
	case before[len(word)] == 'C':
		return !isUpper(word[len(word)-1])
	}
	return hasSuffixFold(word, "status") || hasSuffixFold(word, "error")
}

// placedAsStatus reports whether a number stands where SDKs and gateways put the
// status: at the start of the text, in brackets there ("[429] ..."), or after a
// quoted URL and before a reason phrase.
func placedAsStatus(before, after string) bool {
	switch strings.TrimSpace(before) {
	case "[", "<", "(":
		return after != "" && strings.IndexByte("]>)", after[0]) >= 0
	case "":
		return (after == "" || after[0] == ' ' || after[0] == ':') && !isAmount(before, after)
	}
	reason := after == "" || len(after) > 1 && after[0] == ' ' && isUpper(after[1])
	return reason && strings.HasSuffix(before, `": `)
}

// wellKnown reports whether a status is believed without being called one.
func wellKnown(code int) bool {
	switch code {
	case 401, 403, 408, 429, 500, 502, 503, 504, 529:
		return true
	}
	return false
}

// isAmount reports whether the words around a number make it an amount, an id
// or a position, as in "Limit 500, Used 429", "stream ID 503" or "500 ms".
func isAmount(before, after string) bool {
	word := strings.TrimRight(before, " \t:=")
	quoted := strings.HasSuffix(word, `"`) || strings.HasSuffix(word, "'")
	if quoted && strings.HasSuffix(strings.TrimRight(before, " \t"), ":") {
		// A value in a JSON object; keys that mean a status were seen before.
		return true
	}
	return isOneOf(amountLeads, lastWord(word)) || isOneOf(amountUnits, firstWord(strings.TrimLeft(after, " ")))
}

// amountLeads are the words before an amount, amountUnits those after it. One string
// weighs less than a switch.
const (
	amountLeads = " id laststreamid port limit used requested remaining max maximum than line column position offset tokens "
	amountUnits = " ms s sec second seconds milliseconds minutes tokens requests" +
		" bytes kb mb characters chars messages images items words times "
)

// isOneOf reports whether a word, in whatever case, is one of those in a list with
// blanks around each.
func isOneOf(list, word string) bool { return strings.Contains(list, " "+ascii.ToLower(word)+" ") }

func firstWord(s string) string {
	end := 0
	for end < len(s) && isAlnum(s[end]) {
		end++
	}
	return s[:end]
}

func lastWord(s string) string {
	start := len(s)
	for start > 0 && isAlnum(s[start-1]) {
		start--
	}
	return s[start:]
}
