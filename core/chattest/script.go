package chattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Script is what a fake does with its requests, one step for each in the
// order they arrive. It serves any number of requests at the same time; set its
// fields before the first.
//
// A request that the provider would refuse outright (another path or method, a
// body that is not JSON) gets the provider's own error and takes no step.
type Script struct {
	// Steps are used up one by one.
	Steps []Step
	// Then is for every request after the last step; nil means DefaultReply.
	Then *Step
	// AllowOrigin lets pages of this origin ("*" for all) call the fake by CORS:
	// preflight requests are answered, and every response names the origin.
	// Empty means no CORS at all.
	AllowOrigin string
	// ExposeHeaders are the response headers that such pages may read, for
	// example Retry-After, beyond the few that they always may.
	ExposeHeaders []string

	mu   sync.Mutex
	used int
	// calls are those whose replies can be continued, by the reply's id.
	calls map[string]call
}

// NewScript returns a script of these steps.
func NewScript(steps ...Step) *Script { return &Script{Steps: steps} }

// next returns the step for one more request and the request's number, from 1.
func (s *Script) next() (Step, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used++
	switch {
	case s.used <= len(s.Steps):
		return s.Steps[s.used-1], s.used
	case s.Then != nil:
		return *s.Then, s.used
	}
	return DefaultReply(), s.used
}

// dialect is how one provider speaks.
type dialect interface {
	// read judges a request; an error is for the client.
	read(r *http.Request, body []byte) (request, *Error)
	contentType(streamed bool) string
	// header sets the provider's own response headers.
	header(h http.Header, c call)
	// stream returns a streamed reply, complete; its last frame is the end signal.
	stream(c call) []frame
	// whole returns the body of a reply that is not streamed.
	whole(c call) []byte
	// ping returns a keepalive that follows so many frames.
	ping(sent int) []byte
	errorBody(e Error) []byte
	// errorEvent reports c.step.Error after so many frames.
	errorEvent(c call, sent int) []byte
}

// request is what a fake needs to know of a request.
type request struct {
	streamed bool
	// usage reports whether an OpenAI chat client wants the usage in the stream.
	usage bool
	model string
}

// call is one request with the step that answers it.
type call struct {
	request
	step   Step
	number int
	pieces []string
	// from is how many frames of the reply are left out at its start.
	from int
}

// pings returns the extra keepalives at the start of a stream.
func (c call) pings(d dialect) []frame {
	var frames []frame
	for i := range c.step.Pings {
		frames = append(frames, frame{data: d.ping(i), wait: c.step.PingEvery})
	}
	return frames
}

// maxRequestBytes is the largest request a fake reads, as with real providers.
const maxRequestBytes = 32 << 20

// handler serves the script in one provider's dialect.
func (s *Script) handler(d dialect) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.cors(w, r) {
			return
		}
		refuse := func(e Error) {
			play(w, r, d, call{step: ErrorResponse(e)})
		}
		// The body is read to its end also because net/http notices a client that
		// goes away only after that.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			refuse(Error{Status: http.StatusRequestEntityTooLarge})
			return
		}
		if err != nil {
			return // The client went away.
		}
		resumable, _ := d.(continuer)
		if resumable != nil {
			if id, after, ok := resumable.rest(r); ok {
				c, refusal := s.continued(resumable, id, after)
				if refusal != nil {
					refuse(*refusal)
					return
				}
				play(w, r, d, c)
				return
			}
		}
		req, refusal := d.read(r, body)
		if refusal != nil {
			refuse(*refusal)
			return
		}
		step, n := s.next()
		c := call{request: req, step: step, number: n, pieces: pieces(step)}
		if resumable != nil && req.streamed {
			s.remember(c, resumable)
		}
		play(w, r, d, c)
	})
}

// cors sets the CORS headers; true means that the request was a preflight and
// is answered.
func (s *Script) cors(w http.ResponseWriter, r *http.Request) bool {
	if s.AllowOrigin == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", s.AllowOrigin)
	h.Add("Vary", "Origin")
	if r.Method != http.MethodOptions {
		if len(s.ExposeHeaders) > 0 {
			h.Set("Access-Control-Expose-Headers", strings.Join(s.ExposeHeaders, ", "))
		}
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// readJSON reads a request of the providers that put everything in the body.
func readJSON(r *http.Request, body []byte, path, defaultModel string) (request, *Error) {
	if !strings.HasSuffix(r.URL.Path, path) {
		return request{}, &Error{Status: http.StatusNotFound}
	}
	if r.Method != http.MethodPost {
		return request{}, &Error{Status: http.StatusMethodNotAllowed}
	}
	var fields struct {
		Model         string `json:"model"`
		Stream        bool   `json:"stream"`
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(body), &fields); err != nil {
		return request{}, &Error{Status: http.StatusBadRequest, Message: "The request body is not valid JSON."}
	}
	if fields.Model == "" {
		fields.Model = defaultModel
	}
	return request{
		streamed: fields.Stream,
		usage:    fields.StreamOptions.IncludeUsage,
		model:    fields.Model,
	}, nil
}
