package provider

import (
	"strconv"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	responsesURL    = "https://api.openai.com/v1/responses"
	interactionsURL = "https://generativelanguage.googleapis.com/v1beta/interactions"
	chatURL         = "https://example.com/v1/chat/completions"
	plainURL        = "https://example.com/stream"
)

// reply makes the events of a whole reply. Its words are the text.
type reply func(id string, words ...string) []string

func responsesReply(id string, words ...string) (events []string) {
	add := func(typ, fields string) {
		events = append(events, `data: {"type":"`+typ+`",`+fields+`,"sequence_number":`+strconv.Itoa(len(events))+"}\n\n")
	}
	object := `"response":{"id":"` + id + `","background":true,"store":true,"error":null}`
	item := "msg_" + id
	add("response.created", object)
	add("response.queued", object)
	add("response.output_item.added", `"item":{"id":"`+item+`","type":"message"}`)
	for _, word := range words {
		add("response.output_text.delta", `"item_id":"`+item+`","delta":"`+word+`"`)
	}
	add("response.output_item.done", `"item":{"id":"`+item+`","type":"message"}`)
	add("response.completed", object)
	return events
}

func interactionsReply(id string, words ...string) (events []string) {
	add := func(typ, fields string) {
		events = append(events, `data: {`+fields+`,"event_type":"`+typ+"\"}\n\n")
	}
	token := func() string { return `,"event_id":"` + id + "/" + strconv.Itoa(len(events)) + `=="` }
	add("interaction.created", `"interaction":{"id":"`+id+`","status":"in_progress"}`)
	add("interaction.status_update", `"interaction_id":"`+id+`","status":"in_progress"`)
	add("step.start", `"index":0,"step":{"type":"model_output"}`)
	for _, word := range words {
		add("step.delta", `"index":0,"delta":{"text":"`+word+`","type":"text"}`+token())
	}
	add("step.stop", `"index":0`+token())
	add("interaction.completed", `"interaction":{"id":"`+id+`","status":"completed"}`+token())
	return events
}

func chatReply(id string, words ...string) (events []string) {
	add := func(choice string) {
		events = append(events, "id: "+strconv.Itoa(len(events))+"\ndata: {\"id\":\""+id+`","choices":[{"index":0,`+choice+"}]}\n\n")
	}
	add(`"delta":{"role":"assistant","content":""}`)
	for _, word := range words {
		add(`"delta":{"content":"` + word + `"}`)
	}
	add(`"delta":{},"finish_reason":"stop"`)
	return append(events, "id: "+strconv.Itoa(len(events))+"\ndata: [DONE]\n\n")
}

// reading is what came of a stream.
type reading struct {
	text      string
	events    []string
	restarted bool
	failure   *failure.Failure
}

// read feeds a stream in chunks, as the package stream does.
func read(r *Reader, body string, chunk int) (got reading) {
	var d sse.Decoder
	var text []byte
	for len(body) > 0 && got.failure == nil {
		n := min(chunk, len(body))
		_ = d.Feed([]byte(body[:n]), func(ev sse.Event) {
			if got.failure != nil {
				return
			}
			switch s := r.Read(ev); {
			case s.Failure != nil:
				got.failure = s.Failure
			case s.Skip:
			default:
				if s.Restarted {
					got.restarted, text, got.events = true, nil, nil
				}
				text = append(text, s.Text...)
				got.events = append(got.events, string(ev.Data))
			}
		})
		body = body[n:]
	}
	got.text = string(text)
	return got
}

func tracked(url string) *Reader {
	r := Find(url, "").NewReader()
	r.TrackResume()
	return r
}
