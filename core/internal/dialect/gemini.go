package dialect

import "strings"

// GenerateContent is Google's generateContent API with alt=sse, at the Gemini API
// and at Vertex AI. The reply ends with a finishReason for every candidate and then
// the end of the body; there is no [DONE]. Thoughts are parts marked as such and
// not reply text.
var GenerateContent = Dialect{
	Path:  func(path string) bool { return strings.HasSuffix(path, ":streamGenerateContent") },
	Opens: func(keys Keys) bool { return keys.candidates || keys.usageMD },
	// Google's SDK looks for an error in a chunk that is nothing but JSON; readers of
	// events take that for a field that they do not know.
	Alone: googleError + "\n\n", Failing: "data: " + googleError + "\r\n\r\n",
	member: generateContentMember,
}

const googleError = `{"error":{"code":$s,"message":"$m","status":"$g",` +
	`"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"$c"}]}}`

func generateContentMember(f *Fact, key []byte) {
	switch string(key) {
	case "responseId":
		f.readReply()
	case "candidates":
		f.c.Array(func(int) { f.readCandidate() })
	case "promptFeedback":
		f.c.Object(func(key []byte) {
			if string(key) == "blockReason" {
				f.Refused = f.word() != nil
			}
		})
	case "usageMetadata":
		f.readUsage(key)
		// Google counts thoughts apart.
		f.Usage.Output += f.Usage.Reasoning
	}
}

func (f *Fact) readCandidate() {
	var index int64
	var reason []byte
	texts, thoughts := len(f.Texts), len(f.Reasoning)
	f.speaks = false
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "index":
			index, _ = f.c.Int()
		case "finishReason":
			reason = f.word()
		case "content":
			f.c.Object(func(key []byte) {
				if string(key) == "parts" {
					f.c.Array(func(int) { f.readPart() })
				}
			})
		}
	})
	f.Progress = true
	f.choice(index, reason != nil)
	if index != 0 {
		f.Texts, f.Reasoning = f.Texts[:texts], f.Reasoning[:thoughts]
	}
	if reason != nil {
		f.Finish = reason
	}
}

func (f *Fact) readPart() {
	var thought bool
	f.hasText = false
	f.c.Object(func(key []byte) {
		switch string(key) {
		case "functionCall":
			f.Content, f.speaks = true, true
			f.readFunctionCall()
		case "text":
			f.keepText()
			f.Content = f.Content || f.hasText && f.text.Start < f.text.End
		case "thought":
			thought = f.c.Peek() == 't'
		default:
			f.shows()
		}
	})
	switch {
	case !thought:
		f.addKept()
		f.speaks = f.speaks || f.hasText && f.text.Start < f.text.End
	default:
		f.addKeptReasoning()
	}
}

// readFunctionCall reads a call, which is whole unless it says that more of it
// follows.
func (f *Fact) readFunctionCall() {
	if f.c.Peek() != '{' {
		return
	}
	f.tool = ToolStep{}
	whole := true
	f.c.Object(func(key []byte) {
		switch {
		case string(key) == "willContinue":
			whole = f.c.Peek() != 't'
		case f.All:
			f.readTool(key)
		}
	})
	if whole {
		f.addTool(ToolWhole)
	} else {
		f.noteTool()
	}
}
