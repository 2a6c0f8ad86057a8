package provider

import (
	"bytes"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// NotAStream returns what a 2xx response means whose body is no event stream: an
// error body that came with the wrong status, a web page, a reply that was not
// asked for as a stream. reported is true for the error body.
func (p Provider) NotAStream(res Response, now time.Time) (f failure.Failure, reported bool) {
	body := clip(res.Body)
	if isError(body) {
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
		if c := jsonscan.New(body); len(res.Body) <= MaxErrorBody {
			if c.Skip(); !c.OK() {
				return p.Failure(failure.Truncated, res.StatusCode), false
			}
		}
		f.Message = "The server answered with one JSON document instead of a stream. " +
			`Ask for a stream: "stream": true in the body, or alt=sse in a Gemini URL.`
	default:
		if said := p.judgeSentence(body); said.Kind != failure.Unknown {
			return said, false
		}
		f.Message = "The server's answer is not an event stream. Check the URL and what answers there."
		f.Detail = failure.Detail(string(body))
	}
	return f, false
}

// judgeSentence judges a sentence that stands where a reply should.
func (p Provider) judgeSentence(text []byte) failure.Failure {
	kind, retryable, status := failure.ServerText(string(text), 0)
	f := failure.New(kind, status)
	f.Retryable, f.Detail = retryable, failure.Detail(string(text))
	return p.sign(f)
}

// Unframed looks for an error that came into an event stream without being an
// event, at its end: Gemini has sent the bare JSON body, llama.cpp a field
// "error:". Readers of events must ignore both.
func (p Provider) Unframed(tail []byte) (f failure.Failure, found bool) {
	for len(tail) > 0 {
		line, field := bytes.CutPrefix(tail, []byte("error:"))
		line = bytes.TrimLeft(line, " ")
		if len(line) > 0 && (line[0] == '{' || line[0] == '[') {
			if e, ok := parseErrorBody(line); ok && (field || e.isError()) {
				return p.judge(Response{}, e), true
			}
		}
		_, tail, _ = bytes.Cut(tail, []byte("\n"))
	}
	return f, false
}

// isError reports whether a body is an error, rather than a reply.
func isError(body []byte) bool {
	if len(body) == 0 || body[0] != '{' && body[0] != '[' && !bytes.HasPrefix(body, []byte("event:")) {
		return false
	}
	e, _ := parseErrorBody(body)
	return e.isError()
}

// isError reports whether this is an error, rather than a reply, which may have a
// type, a status or a code too.
func (e *errorBody) isError() bool {
	return e.failed || e.message != "" && (e.status != 0 || len(e.codes) > 0 || e.detail) && !e.reply
}
