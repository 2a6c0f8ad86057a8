package chattest

import (
	"net/http"
	"strconv"
	"strings"
)

// continuer is a dialect that can send the rest of a reply.
type continuer interface {
	dialect
	// rest reports whether a request asks for the rest of a reply, of which one, and
	// after which event.
	rest(r *http.Request) (id, after string, ok bool)
	// replyID is the id of the reply to a call.
	replyID(c call) string
	// next returns how many frames of the reply come before those to send.
	next(c call, after string, frames int) (int, bool)
}

// Replay makes a step that continues a reply send the last n events again that
// the client says it has; with a negative n it leaves out as many instead.
func Replay(n int) Option { return func(s *Step) { s.Replay = n } }

// Background makes the OpenAI Responses fake answer in background mode: the reply
// can be continued.
func Background() Option { return func(s *Step) { s.Background = true } }

// Continue returns a step that sends the rest of the reply that the client asks for.
// Every step does so whose text could be sent; this one says it.
func Continue(opts ...Option) Step { return Reply(DefaultText, opts...) }

// ContinueOther returns a step that answers with the rest of another reply.
func ContinueOther(text string, opts ...Option) Step {
	s := Reply(text, opts...)
	s.Other = true
	return s
}

// ContinueAnew returns a step that ignores what the client has, and starts a new reply
// (EventIDs) or sends the same reply from its beginning.
func ContinueAnew(text string, opts ...Option) Step {
	s := Reply(text, opts...)
	s.Anew = true
	return s
}

// Expired returns a step for a reply that the provider no longer keeps.
func Expired() Step { return ErrorResponse(Error{Status: http.StatusNotFound}) }

// remember keeps a call, so that its reply can be continued.
func (s *Script) remember(c call, d continuer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]call{}
	}
	s.calls[d.replyID(c)] = c
}

func (s *Script) recall(id string) (call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.calls[id]
	return c, ok
}

// continued returns the call that answers a request for the rest of a reply.
func (s *Script) continued(d continuer, id, after string) (call, *Error) {
	c, ok := s.recall(id)
	if !ok {
		return call{}, &Error{Status: http.StatusNotFound}
	}
	step, n := s.next()
	if step.raw() || step.Error != nil && step.Fault == FaultNone {
		return call{request: c.request, step: step, number: n}, nil
	}
	frames := len(d.stream(c))
	from, ok := d.next(c, after, frames)
	if !ok {
		return call{}, &Error{Status: http.StatusBadRequest}
	}
	if step.Anew {
		if _, again := d.(eventIDs); again {
			c = call{request: c.request, step: step, number: n, pieces: pieces(step)}
			s.remember(c, d)
			return c, nil
		}
		from = 0
	}
	// What the reply says is settled; how it is sent now is the step's.
	first := c.step
	if step.Other {
		c.number, c.pieces = n, pieces(step)
		first.Text = step.Text
	}
	c.step = step
	c.step.Text, c.step.ToolCall, c.step.FinishReason = first.Text, first.ToolCall, first.FinishReason
	c.step.Background, c.step.Pings = first.Background, first.Pings
	c.from = min(max(from-step.Replay, 0), frames)
	return c, nil
}

// storedReply reads a GET for one reply under a collection's path.
func storedReply(r *http.Request, collection, after string) (id, last string, ok bool) {
	path, id := r.URL.Path[:strings.LastIndexByte(r.URL.Path, '/')+1], r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	query := r.URL.Query()
	ok = r.Method == http.MethodGet && strings.HasSuffix(path, collection+"/") && query.Get("stream") == "true"
	return id, query.Get(after), ok
}

func (openAIResponses) rest(r *http.Request) (id, after string, ok bool) {
	return storedReply(r, "/responses", "starting_after")
}

func (openAIResponses) replyID(c call) string { return "resp_" + fakeID(c.number, 50) }

func (openAIResponses) next(c call, after string, frames int) (int, bool) {
	if after == "" {
		return 0, c.step.Background
	}
	n, err := strconv.Atoi(after)
	return n + 1, err == nil && n >= 0 && n < frames && c.step.Background
}

// EventIDs returns a fake of a server that speaks the OpenAI chat format, gives every
// event an SSE id, and sends the rest of a reply when the request comes again
// with the header Last-Event-ID.
func EventIDs(s *Script) http.Handler { return s.handler(eventIDs{}) }

// NewEventIDs serves [EventIDs] until the test ends.
func NewEventIDs(t TB, steps ...Step) *Server {
	t.Helper()
	return NewServer(t, EventIDs(NewScript(steps...)))
}

type eventIDs struct{ openAIChat }

func (eventIDs) rest(r *http.Request) (id, after string, ok bool) {
	id, after, ok = strings.Cut(r.Header.Get("Last-Event-Id"), "-")
	return id, after, ok && r.Method == http.MethodPost
}

func (eventIDs) replyID(c call) string { return strconv.Itoa(c.number) }

func (eventIDs) next(_ call, after string, frames int) (int, bool) {
	n, err := strconv.Atoi(after)
	return n + 1, err == nil && n >= 0 && n < frames
}

func (e eventIDs) stream(c call) []frame {
	frames := e.openAIChat.stream(c)
	for i := range frames {
		if !strings.HasPrefix(string(frames[i].data), ":") {
			id := "id: " + e.replyID(c) + "-" + strconv.Itoa(i) + "\n"
			frames[i].data = append([]byte(id), frames[i].data...)
		}
	}
	return frames
}
