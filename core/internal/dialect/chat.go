package dialect

import "strings"

// Chat is OpenAI's Chat Completions API, spoken by most other providers too. The
// reply ends with a finish_reason for every choice, then [DONE]. Errors come as an
// error member, and from some providers as a finish_reason. Servers exist that
// send no finish_reason.
var Chat = Dialect{
	Path:     func(path string) bool { return strings.HasSuffix(path, "/chat/completions") },
	Opens:    func(keys Keys) bool { return keys.choices },
	Failing:  `data: {"error":{"message":"$m","type":"$t","param":null,"code":"$o"}}` + "\n\n",
	DoneEnds: true,
	member:   chatMember,
	conclude: chatConclude,
}

func chatMember(f *Fact, key []byte) {
	switch string(key) {
	case "id":
		f.readReply()
	case "choices":
		f.c.Array(func(int) { f.readChoice() })
	case "usage":
		f.readUsage(key)
	case "base_resp": // MiniMax reports an error beside choices that are null
		f.c.Object(func(key []byte) {
			if string(key) == "status_code" {
				status, ok := f.c.Int()
				f.Failed = ok && status != 0
			}
		})
	case "message", "msg", "error_msg":
		f.message = f.c.Peek() == '"'
	case "code", "error_code":
		f.code = f.c.Present()
	}
}

// chatConclude finds an error that has no member of its own: nothing else has a
// message and a code and no choices.
func chatConclude(f *Fact) {
	if f.Failed || f.Seen == 0 && f.message && f.code {
		f.Error, f.Failed = f.data, false
		f.Place.Aside = true
	}
}

func (f *Fact) readChoice() {
	var index int64
	var reason []byte
	texts := len(f.Texts)
	f.speaks = false
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "index":
			index, _ = f.c.Int()
		case "finish_reason":
			f.Keyed = true
			reason = f.word()
		case "text": // the API before this one
			f.shows()
		case "delta":
			f.c.Object(func(key []byte) { f.readDelta(key) })
		}
	})
	f.Progress = true
	f.choice(index, reason != nil)
	if index != 0 {
		f.Texts = f.Texts[:texts]
	}
	if reason != nil {
		f.Finish = reason
		// A call that ran into a limit is not whole.
		if string(reason) == "length" || string(reason) == "content_filter" {
			f.step(ToolBroken)
		} else {
			f.step(ToolEnd)
		}
	}
}

func (f *Fact) readDelta(key []byte) {
	switch string(key) {
	case "content":
		if f.c.Peek() == '[' {
			f.c.Array(func(int) { f.readChatPart() })
		} else {
			f.addText()
		}
	case "reasoning_content", "reasoning", "reasoning_text":
		f.addReasoning()
	case "tool_calls":
		f.c.Array(func(int) { f.readToolCall(ToolPart) })
	case "function_call":
		if f.c.Peek() == '{' {
			f.tool = ToolStep{}
			f.readFunction()
			f.addTool(ToolPart)
			f.Content, f.speaks = true, true
		}
	case "role":
		f.Place.Opens = true
	default:
		f.shows()
	}
}

// readToolCall reads one event's share of a tool call.
func (f *Fact) readToolCall(kind ToolStepKind) {
	f.tool = ToolStep{}
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "index", "id":
			f.readTool(key)
		case "function":
			f.readFunction()
		}
	})
	f.tool.Index = max(f.tool.Index, 0)
	f.addTool(kind)
	f.Content, f.speaks = true, true
}

func (f *Fact) readFunction() {
	if f.All {
		f.c.Object(func(key []byte) { f.readTool(key) })
	}
}

// readChatPart reads a part of a content that is a list; Mistral's models that
// think send them.
func (f *Fact) readChatPart() {
	f.Content = true
	f.kind, f.hasText = nil, false
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			f.kind, _ = f.c.String()
		case "text":
			f.keepText()
		case "thinking":
			if f.All {
				f.c.Array(func(int) {
					f.c.Object(func(key []byte) {
						if string(key) == "text" {
							f.addReasoning()
						}
					})
				})
			}
		}
	})
	if string(f.kind) == "text" {
		f.addKept()
	}
}
