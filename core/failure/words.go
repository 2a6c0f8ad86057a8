package failure

import "strings"

// maxText is how many bytes of an error's text are read. Longer texts are
// bodies that somebody pasted into an error; what matters comes first.
const maxText = 16 << 10

// beginning returns the part of a text that is read.
func beginning(text string) string {
	if len(text) > maxText {
		return text[:maxText]
	}
	return text
}

// Words is a text reduced to what the rules compare: lower-case words, each
// after one space. "RateLimitError", "rate_limit_error" and "Rate limit
// error!" all read " rate limit error". A run of letters beyond ASCII, such as
// Chinese, is one word, and phrases are found anywhere in it. URLs are left out,
// because the links that providers add to their messages ("see .../rate-limits",
// ".../billing") speak of other things than the failure.
type Words struct {
	text string
	// head is text up to the first opening parenthesis.
	head string
	// ends are the offsets in text where sentences end, the last one included.
	ends []int
	// quoted reports whether the source holds quotations.
	quoted bool
	// foreign reports whether there are letters beyond ASCII.
	foreign bool
	// seconds has which first and second characters begin words, so that most
	// phrases need no search: bit code(second) of seconds[code(first)].
	seconds [37]uint64
	// thirds has which second and third characters do, likewise.
	thirds [37]uint64
}

// ReadWords reads a text, of which the first 16 KiB count.
func ReadWords(text string) Words { return readWords(text, false) }

// readWords leaves out what stands in quotation marks if own is set, unless it
// is a word or two: a complaint about a request quotes it.
func readWords(text string, own bool) Words {
	text = beginning(text)
	var w Words
	var quoted quotes
	out := make([]byte, 0, len(text)+len(text)/4+1)
	head, sentence := -1, 0
	for i := 0; i < len(text); {
		if !isLetter(text[i]) {
			switch c := text[i]; {
			case c == '(' && head < 0:
				head = len(out)
			case strings.IndexByte(marks, c) >= 0:
				if w.quoted && !own {
					break // known by now
				}
				if end := quoted.end(text, i); end > 0 {
					w.quoted = true
					if own {
						i = end
						continue
					}
				}
			case endsSentence(text, i):
				sentence = w.end(sentence, len(out))
			}
			i++
			continue
		}
		start := i
		if text[i] >= 0x80 {
			if n := mark(text[i:]); n > 0 {
				if n == len("。") && strings.Contains("。！？；", text[i:i+n]) {
					sentence = w.end(sentence, len(out))
				}
				i += n
				continue
			}
			for i < len(text) && text[i] >= 0x80 && mark(text[i:]) == 0 {
				i++
			}
			w.foreign = true
			out = append(append(out, ' '), text[start:i]...)
			continue
		}
		i = wordEnd(text, i)
		if i < len(text) && text[i] == ':' {
			if n := urlMark(text[i:]); n > 0 {
				i = urlEnd(text, i+n)
				continue
			}
		}
		w.noteStart(text[start:i])
		out = append(out, ' ')
		for _, c := range []byte(text[start:i]) {
			out = append(out, lower(c))
		}
	}
	w.end(sentence, len(out))
	w.text = string(out)
	w.head = w.text
	if head >= 0 {
		w.head = w.text[:head]
	}
	return w
}

// end ends a sentence that began at start, and returns where the next one begins.
func (w *Words) end(start, end int) int {
	if end > start {
		w.ends = append(w.ends, end)
	}
	return end
}

// endsSentence reports whether a sentence ends at text[i]: not inside "5.289s" or
// "gpt-4.1".
func endsSentence(text string, i int) bool {
	switch text[i] {
	case '!', '?', ';', '\n':
		return true
	case '.':
		return i+1 == len(text) || !isLetter(text[i+1])
	}
	return false
}

// quotes finds quotations.
type quotes struct {
	// closes are the offsets of the next closing marks, in the order of marks, as far
	// as they were looked for; so that a text full of opening ones is read once.
	closes [3]int
}

const marks = "\"'`"

// end returns the offset after the quotation that begins at text[i], 0 where none of
// three words at least does. Neither an apostrophe begins one nor the quotes of
// JSON and of Python's dicts.
func (q *quotes) end(text string, i int) int {
	before := strings.TrimRight(text[:i], " ")
	if i+1 == len(text) || text[i+1] == ' ' || len(before) == i && i > 0 && isLetter(text[i-1]) {
		return 0
	}
	if n := len(before); n > 1 && (strings.IndexByte(`,[{\`, before[n-1]) >= 0 ||
		before[n-1] == ':' && strings.IndexByte(`"'`, before[n-2]) >= 0) {
		return 0
	}
	closing := &q.closes[strings.IndexByte(marks, text[i])]
	if *closing <= i {
		*closing = i + 1
		for *closing < len(text) && (text[*closing] != text[i] || *closing+1 < len(text) && isLetter(text[*closing+1])) {
			*closing++
		}
	}
	if *closing == len(text) {
		return 0
	}
	spaces := 0
	for _, c := range []byte(text[i:min(*closing, i+longQuotation)]) {
		if c == ' ' {
			spaces++
		}
	}
	if spaces < 2 {
		return 0
	}
	return *closing + 1
}

// longQuotation is how far the spaces of a quotation are counted, in bytes.
const longQuotation = 1 << 10

// noteStart notes how a word begins.
func (w *Words) noteStart(word string) {
	first, second, third := code(lower(word[0])), code(' '), code(' ')
	if len(word) > 1 {
		second = code(lower(word[1]))
	}
	if len(word) > 2 {
		third = code(lower(word[2]))
	}
	w.seconds[first] |= 1 << second
	w.thirds[second] |= 1 << third
	if len(word) == 1 {
		w.thirds[second] = ^uint64(0) // The next word is not known yet.
	}
}

// code numbers the characters of words: 26 letters, 10 digits, the rest.
func code(c byte) uint {
	switch {
	case isLower(c):
		return uint(c - 'a')
	case isDigit(c):
		return 26 + uint(c-'0')
	}
	return 36
}

// Has reports whether the phrase, itself in the form of these words, begins at a
// word of the text. Its last word may go on: "rate limit" is found in "rate
// limited". A phrase beyond ASCII may begin anywhere.
func (w *Words) Has(phrase string) bool { return w.find(phrase, 0) >= 0 }

// Is reports whether the words are these.
func (w *Words) Is(phrase string) bool { return w.text == " "+phrase }

// find returns the offset of the phrase, of three characters at least, in
// w.text[from:], or -1.
func (w *Words) find(phrase string, from int) int {
	if phrase[0] >= 0x80 {
		if !w.foreign {
			return -1
		}
		if i := strings.Index(w.text[from:], phrase); i >= 0 {
			return from + i
		}
		return -1
	}
	second := code(phrase[1])
	if w.seconds[code(phrase[0])]&(1<<second) == 0 || w.thirds[second]&(1<<code(phrase[2])) == 0 {
		return -1
	}
	for {
		i := strings.Index(w.text[from:], phrase)
		if i < 0 {
			return -1
		}
		from += i
		if from > 0 && w.text[from-1] == ' ' {
			return from
		}
		from++
	}
}

// hasAny reports whether one of the phrases is found.
func (w *Words) hasAny(phrases []string) bool {
	for _, phrase := range phrases {
		if w.Has(phrase) {
			return true
		}
	}
	return false
}
