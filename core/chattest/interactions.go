package chattest

import (
	"net/http"
	"strconv"
)

// Interactions returns a fake of Google's Interactions API: POST on every path that
// ends in /interactions, and GET on /interactions/ID with stream=true for the
// rest of a reply.
func Interactions(s *Script) http.Handler { return s.handler(interactions{}) }

// NewInteractions serves [Interactions] until the test ends.
func NewInteractions(t TB, steps ...Step) *Server {
	t.Helper()
	return NewServer(t, Interactions(NewScript(steps...)))
}

type interactions struct{ gemini }

func (interactions) read(r *http.Request, body []byte) (request, *Error) {
	return readJSON(r, body, "/interactions", "gemini-x")
}

func (interactions) rest(r *http.Request) (id, after string, ok bool) {
	return storedReply(r, "/interactions", "last_event_id")
}

func (interactions) replyID(c call) string { return "v1_" + fakeID(c.number, 40) }

func (interactions) token(c call, frame int) string { return fakeID(c.number<<20+frame, 16) + "==" }

func (i interactions) next(c call, after string, frames int) (int, bool) {
	if after == "" {
		return 0, true
	}
	for n := range frames {
		if i.token(c, n) == after {
			return n + 1, true
		}
	}
	return 0, false
}

func (i interactions) object(c call, status string) string {
	return `{"id":"` + i.replyID(c) + `","status":"` + status + `","object":"interaction","model":` + quote(c.model) + `}`
}

func interactionsEvent(name, fields string) []byte {
	return []byte("event: " + name + "\ndata: {" + fields + `,"event_type":"` + name + "\"}\n\n")
}

func (i interactions) stream(c call) []frame {
	frames := []frame{
		{data: interactionsEvent("interaction.created", `"interaction":`+i.object(c, "in_progress"))},
		{data: interactionsEvent("interaction.status_update", `"interaction_id":"`+i.replyID(c)+`","status":"in_progress"`)},
	}
	frames = append(frames, c.pings(i)...)
	// The provider gives ids to the events from which a stream can be resumed.
	add := func(name, fields string) {
		id := `,"event_id":` + quote(i.token(c, len(frames)))
		frames = append(frames, frame{data: interactionsEvent(name, fields+id)})
	}
	add("step.start", `"index":0,"step":{"type":"model_output"}`)
	for _, piece := range c.pieces {
		add("step.delta", `"index":0,"delta":{"text":`+quote(piece)+`,"type":"text"}`)
		frames[len(frames)-1].wait = c.step.Pace
	}
	add("step.stop", `"index":0`)
	add("interaction.completed", `"interaction":`+i.object(c, "completed"))
	return frames
}

func (i interactions) whole(c call) []byte {
	return pretty(`{"id":"` + i.replyID(c) + `","status":"completed","object":"interaction","model":` + quote(c.model) +
		`,"steps":[{"type":"model_output","content":[{"type":"text","text":` + quote(c.step.Text) + `}]}],"usage":{"total_output_tokens":` +
		strconv.Itoa(len(c.pieces)) + `}}`)
}

func (interactions) ping(int) []byte { return []byte(": keep-alive\n\n") }

// errorEvent has a word for a code, unlike the other Gemini API.
func (interactions) errorEvent(c call, _ int) []byte {
	e := c.step.Error.withDefaults(geminiStatus)
	return interactionsEvent("error", `"error":{"code":`+quote(e.Type)+`,"message":`+quote(e.Message)+`}`)
}
