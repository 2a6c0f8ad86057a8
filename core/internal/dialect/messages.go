package dialect

import (
	"bytes"
	"strings"
)

// Messages is Anthropic's Messages API, also as Vertex AI serves it
// (:streamRawPredict). The reply ends with message_stop; ping only keeps alive;
// errors come as an event named error with the body of an error response.
var Messages = Dialect{
	Path: func(path string) bool {
		return strings.HasSuffix(path, "/v1/messages") || strings.HasSuffix(path, ":streamRawPredict")
	},
	Opens: func(keys Keys) bool {
		return string(keys.typ) == "message_start" || string(keys.typ) == "ping"
	},
	Failing: "event: error\n" +
		`data: {"type":"error","error":{"type":"$a","message":"$m","details":{"error_code":"$c"}}}` + "\n\n",
	member:   messagesMember,
	conclude: messagesConclude,
}

func messagesMember(f *Fact, key []byte) {
	switch string(key) {
	case "index":
		if f.All {
			f.readTool(key)
		}
	case "message":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "id":
				f.readReply()
			case "usage":
				f.readUsage(key)
			}
		})
	case "delta", "content_block":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "type":
				f.kind, _ = f.c.String()
			case "text":
				f.keepText()
			case "stop_reason":
				f.Finish = f.word()
			case "thinking":
				f.addReasoning()
			default:
				if f.All {
					f.readTool(key)
				}
			}
		})
	case "usage":
		f.readUsage(key)
	}
}

func messagesConclude(f *Fact) {
	f.Content = false // an opening may have a thought, which is empty
	switch string(f.typ) {
	case "content_block_start":
		f.Progress = true
		if string(f.kind) == "tool_use" || string(f.kind) == "mcp_tool_use" {
			f.begin()
		}
	case "content_block_delta":
		f.Progress, f.Content = true, true
		switch string(f.kind) {
		case "text_delta":
			f.addKept()
		case "input_json_delta":
			f.noteTool()
		}
	case "content_block_stop":
		f.Progress = true
		f.step(ToolEnd)
	case "message_stop":
		f.Progress, f.Complete, f.Done = true, true, true
	case "message_start":
		f.Place.Opens = true
	case "ping":
		f.Place.Status = true
	default:
		f.Progress = string(f.typ) == "message_delta" || bytes.HasPrefix(f.typ, []byte("content_block_"))
	}
}
