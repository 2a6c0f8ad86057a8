package provider

import (
	"bytes"
	"time"

	"github.com/retrystream/retrystream/core/failure"
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
//  1. a code or type that means one thing only (insufficient_quota,
//     context_length_exceeded, overloaded_error, ...);
//  2. the message's wording together with the status, by the rules of
//     failure.Text: wording about the model or the context beats the status,
//     and a 429 beats wording about quota;
//  3. the status alone;
//  4. a type that says little (invalid_request_error).
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
	if d := headerDelay(res.header, now); d > 0 {
		f.RetryAfter = d
	}
	switch res.header("x-should-retry") {
	case "true":
		f.Retryable = true
	case "false":
		f.Retryable = false
	}
	return f.WithProvider(p.ID)
}

// judge judges an error object, from a response or from inside a stream.
func (p Provider) judge(res Response, body errorBody) failure.Failure {
	status := res.StatusCode
	// A body inside a 200 may name its own status.
	if status < 400 && body.status != 0 {
		status = body.status
	}
	f := p.verdict(status, body)
	f.Detail = failure.Detail(body.message)
	if f.Detail == "" && len(body.words) > 0 {
		f.Detail = failure.Detail(body.words[0])
	}
	f.RetryAfter = textDelay(body.retryDelay)
	if f.RetryAfter == 0 {
		f.RetryAfter = textDelay(body.message)
	}
	return f.WithProvider(p.ID)
}

func (p Provider) verdict(status int, body errorBody) failure.Failure {
	var weak *verdict
	for _, word := range body.words {
		v, known := words[word]
		if !known {
			continue
		}
		if v.weak {
			if weak == nil {
				weak = &v
			}
			continue
		}
		if status < 400 {
			status = v.status
		}
		return failure.New(v.kind, p.ID, status)
	}
	f := failure.Text(body.message, max(status, 0))
	if f.Kind == failure.Unknown && weak != nil {
		f = failure.New(weak.kind, p.ID, status)
	}
	return f
}

// NotAStream says what a 2xx response means whose body is no event stream: an
// error body that came with the wrong status, a web page, a reply that was not
// asked for as a stream.
func (p Provider) NotAStream(res Response, now time.Time) failure.Failure {
	body := clip(res.Body)
	if e, ok := parseErrorBody(body); ok && (e.wrapped || len(e.words) > 0) && isError(body) {
		res.StatusCode = 0
		return p.Judge(res, now)
	}
	f := failure.New(failure.InvalidRequest, p.ID, res.StatusCode)
	switch {
	case len(body) == 0:
		return failure.New(failure.Truncated, p.ID, res.StatusCode)
	case looksLikeMarkup(body):
		f.Message = "The server answered with a web page instead of a stream. Check the URL."
		f.Detail = failure.Detail(string(body))
	case body[0] == '{' || body[0] == '[':
		if !jsonscan.Valid(body) && len(res.Body) <= maxBody {
			return failure.New(failure.Truncated, p.ID, res.StatusCode)
		}
		f.Message = "The server answered with one JSON document instead of a stream. " +
			`Ask for a stream: "stream": true in the body, or alt=sse in a Gemini URL.`
	default:
		if text := failure.Text(string(body), 0); text.Kind != failure.Unknown {
			text.Detail = failure.Detail(string(body))
			return text.WithProvider(p.ID)
		}
		f.Message = "The server's answer is not an event stream. Check the URL and what answers there."
		f.Detail = failure.Detail(string(body))
	}
	return f
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
