package redact

import "strings"

// valueEnd returns the offset where the value at text[i] ends. One that ends in a
// colon is a name, and goes on with its own value.
func (v *view) valueEnd(i int, line bool) int {
	text := v.text
	end := v.simpleEnd(i, line)
	for end > i+1 && end < len(text) && text[end-1] == ':' {
		i = end
		for i < len(text) && gap(text, i) > 0 && !isMarked(text, i) {
			i++
		}
		if i == len(text) || isMarked(text, i) {
			break
		}
		if _, credentials, prose := schemeAt(text, i); credentials > 0 && !prose {
			i = credentials
		}
		end = v.simpleEnd(i, false)
	}
	return end
}

// simpleEnd returns the end of a value: its quote, if it is in quotes; any quote,
// line feed or tag, if it takes the line; else white space or a separator too.
func (v *view) simpleEnd(i int, line bool) int {
	text := v.text
	if isQuote(text[i-1]) {
		// A quote that is escaped once more belongs to the value.
		for end, width := i, v.width(i-1); end < len(text); end++ {
			if text[end] == text[i-1] && v.width(end) <= width {
				return end
			}
		}
		line = true
	}
	stop := uint8(stops)
	if line {
		stop = lineStops
	}
	end := i
	for end < len(text) && class[text[end]]&stop == 0 {
		end++
		if line && text[end-1] == '=' && end < len(text) && isQuote(text[end]) { // as in Digest
			closing := strings.IndexByte(text[end+1:], text[end])
			end += 1 + closing + 1
		}
	}
	if !line && strings.Contains(text[i:end], "://") {
		return v.urlEnd(end) // The '&' was one of a query.
	}
	for end > i+1 && strings.IndexByte(")]}.", text[end-1]) >= 0 { // of what is around it
		end--
	}
	return end
}

// listEnd returns the end of a list in brackets whose first element is the secret
// text[i:to], without the bracket; to where it is none.
func (v *view) listEnd(i, to int) int {
	text := v.text
	for i > 0 && isQuote(text[i-1]) {
		i--
	}
	if i == 0 || text[i-1] != '[' {
		return to
	}
	for end := to; end < len(text) && end-to < maxList; end++ {
		switch text[end] {
		case ']':
			for end > to && (isQuote(text[end-1]) || text[end-1] == ' ') {
				end--
			}
			return end
		case '[', '{', '<':
			return to
		}
	}
	return to
}
