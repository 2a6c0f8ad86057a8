package failure

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// isMistake reports whether an error is a program's own mistake, of which nothing is
// presumed wherever it came from: a panic in Go, or what JavaScript throws for anything but a
// connection.
func isMistake(err error, text string) bool {
	if isPanic(err) {
		return true
	}
	name, said, ok := strings.Cut(text, ": ")
	switch {
	case !ok:
		return false
	case name == "TypeError":
		return firstSaid([]saying{{bug, typeMistakes}}, said) == bug
	}
	return strings.Contains(scriptMistakes, "|"+name+"|")
}

const scriptMistakes = "|RangeError|ReferenceError|SyntaxError|EvalError|URIError|InvalidStateError|DataCloneError|"

// typeMistakes tell a program's own TypeError from that of a fetch that failed. The
// engines word them differently; and how a request must not be made is among them.
const typeMistakes = " is not a| is not iterable| is not defined| is undefined|undefined is |null is | of undefined| of null|" +
	"annot read prop|annot set prop|annot destructure|annot convert|an't access|ailed to execute|ailed to construct|" +
	"annot have body|already read|is unusable|is locked|disturbed|nvalid header|nvalid name|nvalid method|nvalid value"

// maxBroken is how long a text may be, in bytes, that is judged by what it is
// about: in a longer one any words meet.
const maxBroken = 1 << 10

// breakage is what a text must speak of, a word of each list, to stand for a fact.
type breakage struct {
	fact  fact
	lists [3]string
}

// breakages are the ways in which texts say, in words nobody listed, that a connection
// could not be made or broke, that a name was not found for now, or that a body
// came damaged. The words are in lower case.
var breakages = [...]breakage{
	// A reset of this side's own is a program's fault, and there is no word for it.
	{unknown, [3]string{"stream error: stream id"}},
	{cutOff, [3]string{"stream|response|reply", "before|without|premature|not ", "complet|terminal|finish"}},
	{lost, [3]string{"unreachable|not reachable|host is down|network is down|too many open files|no buffer space"}},
	{lost, [3]string{
		"unable to |failed to |failure to |could not |couldn't |cannot |can't |error trying to ",
		"to connect|not connect|n't connect|establish|reach the|to reach|open socket|open a connection",
	}},
	{lost, [3]string{
		"connection|socket|tunnel|transport|tcp connect|body error|of stream|stream was|stream dis|stream term|the stream",
		"closed|reset|lost|broken|interrupted|dropped|disconnect|terminated|ended|unexpected end|" +
			"hung up|cut off|died|severed|abort|not connected|failed|error",
	}},
	{lost, [3]string{"temporar|try again", "resol|getaddrinfo|lookup |dns"}},
	{lost, [3]string{
		"error|fail|invalid|illegal|corrupt|incorrect|unexpected|malformed",
		"decompress|zlib|gzip|brotli|zstd|chunk header|chunk size|chunk length|chunkedencoding|chunklength|" +
			"decoding response|decode response|response decod|body decod|decoding body|decode body|decode the response|decoding the response|chunk decod|decoding chunk",
	}},
}

// brokenIn returns what a text is about, where it is short. It is asked last.
func brokenIn(text string) fact {
	if len(text) > maxBroken {
		return unknown
	}
	text = ascii.ToLower(text)
	var p pairs
	p.read(text)
next:
	for i := range breakages {
		for _, words := range breakages[i].lists {
			if !p.has(text, words) { // any text has the empty one
				continue next
			}
		}
		return breakages[i].fact
	}
	return unknown
}
