package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// interactions is Google's Interactions API. An event names itself in
// event_type; text comes in step.delta, in older versions content.delta. The
// reply ends with interaction.completed (older: interaction.complete), whose
// status tells whether it is one. Errors are {"event_type":"error","error":
// {code, message}}.
var interactions = dialect{
	path:    func(path string) bool { return strings.Contains(path, "/interactions") },
	opens:   func(_ sse.Event, keys topLevel) bool { return keys.eventType },
	read:    readInteractions,
	failing: "event: error\n" + `data: {"error":{"code":"$c","message":"$m"},"event_type":"error"}` + "\n\n",

	// GET /interactions/{id}?stream=true&last_event_id=ID gives the events after
	// the one whose event_id that is; not every event has one.
	place: placeInteractions, way: byEventID, collection: "/interactions",
}

func placeInteractions(ev sse.Event, p *place) {
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "event_type":
			typ, _ := c.String()
			switch string(typ) {
			case "interaction.created", "interaction.start":
				p.opens = true
			case "interaction.status_update":
				p.status = true
			case "error":
				p.aside = true
			}
		case "event_id":
			p.token = readString(&c)
		case "interaction":
			p.reply = readID(&c)
		case "interaction_id":
			p.reply = readString(&c)
		}
	})
}

func readInteractions(r *Reader, ev sse.Event, s *Signal) bool {
	if isDone(ev.Data) {
		s.Done = true
		return true
	}
	var typ, deltaType, text, status, begun []byte
	var hasError bool
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "event_type":
			typ, _ = c.String()
		case "error":
			hasError = hasError || isPresent(&c)
		case "delta":
			deltaType, text = readTyped(&c)
		case "step", "content":
			begun, _ = readTyped(&c)
		case "interaction":
			c.Object(func(key []byte) {
				if string(key) == "status" {
					status, _ = c.String()
				}
			})
		}
	})
	if string(begun) == "function_call" || string(deltaType) == "function_call" {
		r.tools.begin(0, nil)
	}
	switch string(typ) {
	case "step.delta", "content.delta":
		s.Progress, r.content = true, true
		if string(deltaType) == "text" {
			r.appendText(text)
		}
	case "interaction.completed", "interaction.complete":
		switch string(status) {
		case "failed":
			s.Failure = r.failed(failure.Server)
		case "cancelled":
			s.Failure = r.failed(failure.Canceled)
		default:
			r.complete = true
			s.Progress, s.Done = true, true
		}
	case "step.start", "content.start":
		s.Progress = true
	case "step.stop", "content.stop":
		r.tools.end(true)
		s.Progress = true
	default:
		if hasError || string(typ) == "error" {
			body, _ := parseErrorBody(ev.Data)
			s.Failure = r.fail(body)
		}
	}
	return c.End()
}
