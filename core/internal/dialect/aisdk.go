package dialect

import "strings"

// AISDK is what servers that use the AI SDK send to its useChat: the UI message
// stream. Text comes in text-delta; the reply ends with finish, then [DONE]. A
// server that writes its stream by hand may leave finish out. A tool that fails is
// a part of the reply; what fails the reply is error, with the sentence that the
// server lets people see, and abort, when the server stopped the model: whoever
// reads that has not stopped it.
//
// Source: the package ai, src/ui-message-stream.
var AISDK = Dialect{
	Path: func(string) bool { return false }, // it is the page's own
	Opens: func(keys Keys) bool {
		switch string(keys.typ) {
		case "start-step", "text-start", "reasoning-start", "tool-input-start":
			return true // each opens what only the SDK has parts of; text-delta is anybody's name
		case "error":
			return keys.errorText
		}
		return false
	},
	Header: "x-vercel-ai-ui-message-stream", HeaderValue: "v1",
	// The code goes into the event's name, because older versions refuse an error
	// with more members.
	Failing:  "event: $c\n" + `data: {"type":"error","errorText":"$m"}` + "\n\n",
	DoneEnds: true, ByHand: true,
	member:   aiSDKMember,
	conclude: aiSDKConclude,
}

func aiSDKMember(f *Fact, key []byte) {
	switch string(key) {
	case "delta":
		f.keepText()
	case "errorText":
		f.ErrorText, _ = f.c.String()
	case "finishReason":
		f.Finish = f.word()
	case "providerExecuted":
		f.foreign = f.c.Peek() == 't'
	case "toolCallId", "toolName", "input": // which has whole what came in deltas
		if f.All {
			f.readTool(key)
		}
	}
}

func aiSDKConclude(f *Fact) {
	f.Progress = true
	switch typ := string(f.typ); typ {
	case "text-delta":
		f.Content = f.hasText && f.text.Start < f.text.End
		f.addKept()
		f.Reopens = f.Content
	case "start", "start-step", "message-metadata":
		f.Progress = false // openings, when the model has not begun
		f.Place.Opens = typ == "start"
	case "finish":
		f.Complete = true
	case "abort":
		f.Finish = []byte("abort")
		f.Place.Aside = true
	case "reasoning-delta":
		f.Content, f.Reopens = true, true
		f.addKeptReasoning()
	case "tool-input-start", "tool-input-delta":
		f.Content, f.Reopens = true, true
		f.noteTool()
	case "tool-input-available":
		f.Content, f.Reopens = true, true
		if !f.foreign {
			f.addTool(ToolWhole)
		}
	default:
		for _, shown := range []string{"tool-", "source-", "data-", "file", "reasoning-file"} {
			f.Content = f.Content || strings.HasPrefix(typ, shown)
		}
	}
}
