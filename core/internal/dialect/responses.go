package dialect

import (
	"bytes"
	"strings"
)

// Responses is OpenAI's Responses API. The reply ends with response.completed or
// response.incomplete (a limit was reached; the text so far stands). Errors come as
// response.failed, with the error inside the response object or beside it, or as an
// event of type error with flat members. Azure sends both, the first without saying
// why.
var Responses = Dialect{
	Path:  func(path string) bool { return strings.HasSuffix(path, "/responses") },
	Opens: func(keys Keys) bool { return bytes.HasPrefix(keys.typ, []byte("response.")) },
	// Flat as documented, and with an error member as on the wire: SDKs read either.
	Failing: "event: error\n" +
		`data: {"type":"error","code":"$o","message":"$m","param":null,"sequence_number":0,` +
		`"error":{"type":"$t","code":"$o","message":"$m","param":null}}` + "\n\n",
	member:   responsesMember,
	conclude: responsesConclude,

	// A response in background mode goes on without its reader, and GET
	// /responses/{id}?stream=true&starting_after=N gives its events after number
	// N. Any other is cancelled with its connection.
	Way: ByNumber, Collection: "/responses",
}

func responsesMember(f *Fact, key []byte) {
	switch string(key) {
	case "delta":
		if f.c.Peek() == '"' {
			f.keepText()
		}
	case "item":
		f.c.Object(func(key []byte) {
			switch {
			case string(key) == "type":
				f.kind, _ = f.c.String()
			case f.WithPlace && string(key) == "id":
				f.Place.NewItem = f.readString()
			case f.All:
				f.readTool(key)
			}
		})
	case "response":
		f.readResponse()
	case "sequence_number":
		if f.WithPlace {
			f.Place.Number, f.Place.Numbered = f.c.Int()
			f.Place.Numbered = f.Place.Numbered && f.Place.Number >= 0
		}
	case "item_id":
		if f.WithPlace {
			f.Place.Item = f.readString()
		}
	case "output_index":
		if f.All {
			f.readTool(key)
		}
	}
}

func (f *Fact) readResponse() {
	var background, discarded, hasError bool
	start := f.c.Pos()
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			hasError = f.c.Present()
		case "incomplete_details":
			f.c.Object(func(key []byte) {
				if string(key) == "reason" {
					f.Finish = f.word()
				}
			})
		case "id":
			f.readReply()
		case "output": // of a server that sends no more than the end
			f.shows()
		case "background":
			background = f.c.Peek() == 't'
		case "store":
			discarded = f.c.Peek() == 'f'
		case "usage":
			f.readUsage(key)
		}
	})
	f.Place.Stored = background && !discarded
	if hasError {
		f.inner = f.data[start:f.c.Pos()]
	}
}

func responsesConclude(f *Fact) {
	item, stored := f.Place.NewItem, f.Place.Stored
	f.Place.NewItem, f.Place.Stored = nil, false
	f.Progress = true
	switch string(f.typ) {
	case "response.output_text.delta":
		f.Content = true
		f.addKept()
	case "response.completed":
		f.Complete, f.Done = true, true
		f.Finish = []byte("completed")
	case "response.incomplete":
		f.Complete, f.Done = true, true
	case "response.failed":
		f.Failed, f.Error = true, f.inner
		f.Place.Aside = true
	case "response.created":
		f.Progress = false
		f.Place.Opens, f.Place.Stored = true, stored
	case "response.queued", "response.in_progress":
		f.Progress = false // openings, when the model has not begun
	case "keepalive":
		f.Progress = false
		f.Place.Status = true
	case "response.output_item.added":
		f.Place.NewItem = item
		if isToolItem(f.kind) {
			f.noteTool()
		}
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
		f.Content = true
		if f.hasText {
			f.tool.Arguments = f.data[f.text.Start:f.text.End]
			f.noteTool()
		}
	case "response.function_call_arguments.done", "response.custom_tool_call_input.done":
		f.tool.Arguments = nil
		f.addTool(ToolWhole)
	case "response.output_item.done":
		if isToolItem(f.kind) {
			f.tool.Arguments = nil
			f.addTool(ToolWhole)
		}
	default:
		f.Progress = len(f.typ) > 0
		f.Content = bytes.HasSuffix(f.typ, []byte(".delta")) || bytes.HasSuffix(f.typ, []byte(".partial_image"))
		if bytes.HasPrefix(f.typ, []byte("response.reasoning")) {
			f.addKeptReasoning()
		}
	}
}

// isToolItem reports whether a Responses item is a tool call that has an effect
// outside of the reply.
func isToolItem(typ []byte) bool {
	switch string(typ) {
	case "web_search_call", "file_search_call", "image_generation_call", "code_interpreter_call":
		return false
	}
	return bytes.HasSuffix(typ, []byte("_call"))
}
