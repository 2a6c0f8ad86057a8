package dialect

import (
	"bytes"
	"strings"
)

// Cohere is Cohere's v2 chat API. Text comes in content-delta; the reply ends with
// message-end, which may bring an error or a finish_reason that is one.
var Cohere = Dialect{
	Path: func(path string) bool { return strings.HasSuffix(path, "/v2/chat") },
	Opens: func(keys Keys) bool {
		return string(keys.typ) == "message-start" || string(keys.typ) == "content-start"
	},
	Failing: "event: message-end\n" +
		`data: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"$m"},"error":{"code":"$c","message":"$m"}}` + "\n\n",
	member:   cohereMember,
	conclude: cohereConclude,
}

func cohereMember(f *Fact, key []byte) {
	switch string(key) {
	case "id":
		f.readReply()
	case "index":
		if f.All {
			f.readTool(key)
		}
	case "delta":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "error":
				f.Failed = f.c.Present()
			case "finish_reason":
				f.Finish = f.word()
			case "usage":
				f.readUsage(key)
			case "message":
				f.c.Object(func(key []byte) { f.readCohereMessage(key) })
			}
		})
	}
}

func (f *Fact) readCohereMessage(key []byte) {
	switch string(key) {
	case "content":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "text":
				f.keepText()
			case "thinking":
				f.addReasoning()
			}
		})
	case "tool_calls":
		if f.All {
			f.c.Object(func(key []byte) {
				if string(key) == "function" {
					f.readFunction()
				} else {
					f.readTool(key)
				}
			})
		}
	}
}

func cohereConclude(f *Fact) {
	if string(f.typ) != "message-end" {
		f.Finish, f.Failed = nil, false
	}
	switch string(f.typ) {
	case "content-delta":
		f.Progress, f.Content = true, true
		f.addKept()
	case "message-end":
		if f.Failed && !bytes.HasPrefix(f.Finish, []byte("ERROR")) && string(f.Finish) != "TIMEOUT" {
			f.Finish = []byte("ERROR")
		}
		f.Failed = false
		f.Progress, f.Complete, f.Done = true, true, true
	case "message-start":
		f.Place.Opens = true
	case "tool-call-start", "tool-call-delta":
		f.Progress = true
		f.Content = string(f.typ) == "tool-call-delta"
		f.noteTool()
	case "tool-call-end":
		f.Progress = true
		f.tool.Arguments = nil
		f.addTool(ToolWhole)
	default:
		f.Progress = true
		f.Content = f.Content || bytes.HasSuffix(f.typ, []byte("-delta"))
	}
}
