package dialect

import "strings"

// Interactions is Google's Interactions API. An event names itself in event_type;
// text comes in step.delta, in older versions content.delta. The reply ends with
// interaction.completed (older: interaction.complete), whose status tells whether
// it is one. Errors are {"event_type":"error","error":{code, message}}.
var Interactions = Dialect{
	Path:     func(path string) bool { return strings.Contains(path, "/interactions") },
	Opens:    func(keys Keys) bool { return keys.eventType },
	Failing:  "event: error\n" + `data: {"error":{"code":"$c","message":"$m"},"event_type":"error"}` + "\n\n",
	member:   interactionsMember,
	conclude: interactionsConclude,

	// GET /interactions/{id}?stream=true&last_event_id=ID gives the events after
	// the one whose event_id that is; not every event has one.
	Way: ByEventID, Collection: "/interactions",
}

func interactionsMember(f *Fact, key []byte) {
	switch string(key) {
	case "event_type":
		f.typ, _ = f.c.String()
	case "index":
		if f.All {
			f.readTool(key)
		}
	case "event_id":
		if f.WithPlace {
			f.Place.Token = f.readString()
		}
	case "interaction_id":
		f.readReply()
	case "interaction":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "id":
				f.readReply()
			case "status":
				f.Finish = f.word()
			case "usage":
				f.readUsage(key)
			}
		})
	case "step", "content", "delta":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "type":
				f.kind, _ = f.c.String()
			case "text":
				f.keepText()
			case "content": // of a thought
				f.c.Object(func(key []byte) {
					if string(key) == "text" {
						f.addReasoning()
					}
				})
			default:
				if f.All {
					f.readTool(key)
				}
			}
		})
	}
}

func interactionsConclude(f *Fact) {
	finish := f.Finish
	f.Finish = nil // a status, until it is the last
	switch string(f.kind) {
	case "function_call":
		f.begin()
	case "arguments_delta":
		f.noteTool()
	}
	switch string(f.typ) {
	case "step.delta", "content.delta":
		f.Progress, f.Content = true, true
		switch {
		case string(f.kind) == "text":
			f.addKept()
		case strings.HasPrefix(string(f.kind), "thought"):
			f.addKeptReasoning()
		}
	case "interaction.completed", "interaction.complete":
		f.Finish, f.Canceled = finish, string(finish) == "cancelled"
		f.Progress, f.Complete, f.Done = true, true, true
	case "step.start", "content.start":
		f.Progress = true
	case "step.stop", "content.stop":
		f.Progress = true
		f.step(ToolEnd)
	case "interaction.created", "interaction.start":
		f.Place.Opens = true
	case "interaction.status_update":
		f.Place.Status = true
	case "error": // with no more to say
		f.Error, f.Place.Aside = f.data, true
	}
}
