package provider

import (
	"bytes"
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/ascii"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// Response is what is known of an HTTP response that is not a stream to read.
type Response struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Header gives a header's value by its lower-case name, "" where it is absent
	// or hidden by CORS. May be nil.
	Header func(name string) string
	// Body is the start of the body; only its first 64 KiB are looked at.
	Body []byte
}

func (r Response) header(name string) string {
	if r.Header == nil {
		return ""
	}
	return r.Header(name)
}

// Judge says what an error response means. The clock is needed for delays given
// as a date.
//
// Where signals disagree, the most specific one wins:
//
//  1. wording that means one thing only at the provider that uses it ("request
//     too large": no wait helps, although the code says rate_limit_exceeded);
//  2. a code or type that means one thing only (insufficient_quota,
//     context_length_exceeded, overloaded_error, ...);
//  3. an HTTP status that the provider gives a meaning of its own;
//  4. the message's wording together with the status, by the rules of
//     failure.Text: wording about the model or the context beats the status,
//     and a 429 beats wording about quota;
//  5. the status alone;
//  6. a type that says little (invalid_request_error, api_error).
//
// The header x-should-retry then overrides whether to retry, because it is the
// provider's own word on exactly that.
func (p Provider) Judge(res Response, now time.Time) failure.Failure {
	res.Body = clip(res.Body)
	body, ok := parseErrorBody(res.Body)
	if !ok && !looksLikeMarkup(res.Body) {
		body.message = string(res.Body)
	}
	f := p.judge(res, body)
	if f.Detail == "" && looksLikeMarkup(res.Body) {
		f.Detail = failure.Detail(string(res.Body)) // its title
	}
	if d := headerDelay(res.header, now); d > 0 {
		f.RetryAfter = d
	} else if f.RetryAfter == 0 && f.Kind == failure.RateLimit {
		f.RetryAfter = resetDelay(res.header, now)
	}
	switch res.header("x-should-retry") {
	case "true":
		f.Retryable = true
	case "false":
		f.Retryable = false
	default:
		return f
	}
	return p.sign(f)
}

// judge judges an error object, from a response or from inside a stream.
func (p Provider) judge(res Response, body errorBody) failure.Failure {
	status := res.StatusCode
	// A body inside a 200 may name its own status.
	if status < 400 && body.status != 0 {
		status = body.status
	}
	lower := ascii.ToLower(body.message)
	f := p.verdict(status, body, lower)
	if f.Detail == "" {
		f.Detail = failure.Detail(body.message)
	}
	if f.Detail == "" && len(body.words) > 0 {
		f.Detail = failure.Detail(body.words[0])
	}
	f.RetryAfter = textDelay(ascii.ToLower(body.retryDelay))
	if f.RetryAfter == 0 {
		f.RetryAfter = textDelay(lower)
	}
	return p.sign(f)
}

// verdict judges by phrases, words and status; lower is the message in lower
// case.
func (p Provider) verdict(status int, body errorBody, lower string) failure.Failure {
	if kind, ok := p.phrase(lower); ok {
		return failure.New(kind, status)
	}
	if p.def != nil && p.def.refine != nil {
		p.def.refine(&body)
	}
	var weak *word
	for _, text := range body.words {
		w := p.lookUp(text)
		if w == nil {
			continue
		}
		if w.weak {
			if weak == nil {
				weak = w
			}
			continue
		}
		if w.kind == failure.Server && isFinal(status) && status != w.status {
			continue // a word for a server's fault with a 401 is about the key
		}
		f := failure.New(w.kind, status)
		if status < 400 {
			f.StatusCode = w.status
		}
		return f
	}
	if p.def != nil {
		for _, own := range p.def.statuses {
			if own.code == status {
				return failure.New(own.kind, status)
			}
		}
	}
	f := failure.Text(body.message, max(status, 0))
	if weak == nil {
		return f
	}
	// Inside a stream there is no status; the word says at least whose fault it is.
	fault := status < 400 && f.Retryable && weak.kind == failure.InvalidRequest
	if f.Kind == failure.Unknown || f.Kind == weak.kind && f.StatusCode == 0 || fault {
		if status < 400 {
			status = weak.status
		}
		f = failure.New(weak.kind, status)
	}
	return f
}

// isFinal tells the statuses that say that the same request fails again.
func isFinal(status int) bool {
	_, retryable := failure.StatusKind(status)
	return status >= 400 && status < 500 && !retryable
}

// phrase finds the first wording in a message, given in lower case, that means
// one thing only. Those of all providers count, because gateways pass on what
// they were told.
func (p Provider) phrase(lower string) (failure.Kind, bool) {
	var seen pairs
	for i := 1; i < len(lower); i++ {
		seen.add(lower[i-1], lower[i])
	}
	for _, d := range definitions {
		for i := range d.phrases {
			if text := d.phrases[i].text; seen.mayHold(text) && strings.Contains(lower, text) {
				return d.phrases[i].kind, true
			}
		}
	}
	return "", false
}

// pairs notes which two bytes follow each other in a text, by a hash of both.
// Most phrases are ruled out by it, which is much cheaper than a search.
type pairs [64]uint64

func (p *pairs) add(a, b byte) {
	h := (uint(a)*31 + uint(b)) % 4096
	p[h/64] |= 1 << (h % 64)
}

func (p *pairs) mayHold(text string) bool {
	for i := 1; i < len(text); i++ {
		h := (uint(text[i-1])*31 + uint(text[i])) % 4096
		if p[h/64]&(1<<(h%64)) == 0 {
			return false
		}
	}
	return true
}

// lookUp finds a word, nil where nobody knows it: the provider's own sense goes first, then the
// common one, then that of any other provider, because gateways pass on what
// they were told.
func (p Provider) lookUp(text string) *word {
	if p.def != nil {
		if w := find(p.def.words, text); w != nil {
			return w
		}
	}
	if w := find(commonWords, text); w != nil {
		return w
	}
	for _, d := range definitions {
		if w := find(d.words, text); w != nil {
			return w
		}
	}
	if made, ok := strings.CutPrefix(text, madeCode); ok {
		if w := madeWordOf(failure.Kind(made)); w != nil {
			return &word{kind: w.kind}
		}
	}
	if strings.HasPrefix(text, "invalid_") || strings.HasPrefix(text, "unsupported_") {
		return &word{kind: failure.InvalidRequest, weak: true}
	}
	return nil
}

// NotAStream says what a 2xx response means whose body is no event stream: an
// error body that came with the wrong status, a web page, a reply that was not
// asked for as a stream. reported tells the error body.
func (p Provider) NotAStream(res Response, now time.Time) (f failure.Failure, reported bool) {
	body := clip(res.Body)
	if e, ok := parseErrorBody(body); ok && (e.wrapped || len(e.words) > 0) && isError(body) {
		res.StatusCode = 0
		return p.Judge(res, now), true
	}
	f = p.Failure(failure.InvalidRequest, res.StatusCode)
	switch {
	case len(body) == 0:
		return p.Failure(failure.Truncated, res.StatusCode), false
	case looksLikeMarkup(body):
		f.Message = "The server answered with a web page instead of a stream. Check the URL."
		f.Detail = failure.Detail(string(body))
	case body[0] == '{' || body[0] == '[':
		if c := jsonscan.New(body); len(res.Body) <= maxBody {
			if c.Skip(); !c.OK() {
				return p.Failure(failure.Truncated, res.StatusCode), false
			}
		}
		f.Message = "The server answered with one JSON document instead of a stream. " +
			`Ask for a stream: "stream": true in the body, or alt=sse in a Gemini URL.`
	default:
		if text := failure.Text(string(body), 0); text.Kind != failure.Unknown {
			text.Detail = failure.Detail(string(body))
			return p.sign(text), false
		}
		f.Message = "The server's answer is not an event stream. Check the URL and what answers there."
		f.Detail = failure.Detail(string(body))
	}
	return f, false
}

// Unframed looks for an error that came into an event stream without being an
// event, at its end: Gemini has sent the bare JSON body, llama.cpp a field
// "error:". Readers of events must ignore both.
func (p Provider) Unframed(tail []byte) (f failure.Failure, found bool) {
	for len(tail) > 0 {
		line, field := bytes.CutPrefix(tail, []byte("error:"))
		line = bytes.TrimLeft(line, " ")
		if len(line) > 0 && (line[0] == '{' || line[0] == '[') {
			if e, ok := parseErrorBody(line); ok && (field || isError(line)) {
				return p.judge(Response{}, e), true
			}
		}
		_, tail, _ = bytes.Cut(tail, []byte("\n"))
	}
	return f, false
}

// isError tells an error object from a reply that merely has a type or a code.
func isError(body []byte) bool {
	var found bool
	c := jsonscan.New(body)
	if c.Peek() == '[' {
		return bytes.HasPrefix(bytes.TrimLeft(body[1:], " \t\r\n"), []byte(`{"error"`))
	}
	c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			found = found || c.Peek() != 'n'
		case "type", "object":
			v, _ := c.String()
			found = found || string(v) == "error"
		}
	})
	return found
}

func looksLikeMarkup(body []byte) bool { return len(body) > 0 && body[0] == '<' }
