package dialect

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// shows notes a member that a reader may show, whatever it is. After content
// nothing depends on such a member.
func (f *Fact) shows() {
	if f.All && !f.Content {
		f.Content = f.c.Present()
	}
}

// addText adds the string at the cursor to the text.
func (f *Fact) addText() {
	if text, ok := f.c.Text(); ok {
		f.Texts = append(f.Texts, text)
		f.speaks = f.speaks || text.Start < text.End
		f.Content = f.Content || f.speaks
	}
}

// keepText keeps the string at the cursor for addKept.
func (f *Fact) keepText() { f.text, f.hasText = f.c.Text() }

// addKept adds the kept text.
//
//go:noinline
func (f *Fact) addKept() {
	if f.hasText {
		f.Texts = append(f.Texts, f.text)
	}
}

// addKeptReasoning adds the kept text to the model's thoughts, if asked.
//
//go:noinline
func (f *Fact) addKeptReasoning() {
	if f.All && f.hasText {
		f.Reasoning = append(f.Reasoning, f.text)
	}
}

// addReasoning adds the string at the cursor to the model's thoughts, if asked.
func (f *Fact) addReasoning() {
	if f.All && f.c.Peek() == '"' {
		if text, ok := f.c.Text(); ok && text.Start < text.End {
			f.Reasoning = append(f.Reasoning, text)
			f.Content = true
		}
		return
	}
	f.shows()
}

// choice notes a numbered choice of an event.
func (f *Fact) choice(index int64, finished bool) {
	bit := uint64(1) << min(max(index, 0), 63)
	f.Seen |= bit
	switch {
	case finished:
		f.Finished |= bit
	case f.speaks:
		f.Active |= bit
	}
}

// step notes a step of a tool call that has no more to say.
func (f *Fact) step(kind ToolStepKind) {
	f.tool = ToolStep{}
	f.addTool(kind)
}

// noteTool notes what was read of a tool call, if asked.
func (f *Fact) noteTool() {
	if f.All {
		f.addTool(ToolNote)
	}
}

// begin notes that a call begins, in an API that has one open at a time.
func (f *Fact) begin() {
	tool := f.tool
	f.step(ToolPart)
	f.tool = tool
	f.noteTool()
}

// addTool notes a step with what was read of a tool call. It is not inlined, as each
// copy would weigh on every page.
//
//go:noinline
func (f *Fact) addTool(kind ToolStepKind) {
	f.tool.Kind = kind
	f.Tools = append(f.Tools, f.tool)
}

// readTool reads a member of an object that describes a tool call into f.tool.
func (f *Fact) readTool(key []byte) {
	switch string(key) {
	case "index", "output_index":
		f.tool.Index, _ = f.c.Int()
	case "id", "call_id", "toolCallId", "tool_call_id":
		f.tool.ID, _ = f.c.String()
	case "name", "toolName":
		f.tool.Name, _ = f.c.String()
	case "arguments", "args", "input", "partial_json":
		f.readArguments()
	}
}

// readArguments reads arguments in either form. An empty object opens a call whose
// arguments come in strings.
func (f *Fact) readArguments() {
	if f.c.Peek() == '"' {
		f.tool.Arguments, _ = f.c.String()
		return
	}
	if f.c.Peek() == 'n' {
		return
	}
	if args := f.c.Skip(); !bytes.Equal(args, []byte("{}")) {
		f.tool.Arguments, f.tool.IsObject = args, true
	}
}

// readUsage reads what was used, at the cursor, by any of the names that the APIs
// have for it. A number without an object around it has its key.
func (f *Fact) readUsage(key []byte) {
	if !f.All {
		return
	}
	if f.c.Peek() == '{' {
		f.c.Object(func(key []byte) { f.readUsage(key) })
		return
	}
	u := &f.Usage
	var to *int64
	switch string(key) {
	case "input_tokens", "prompt_tokens", "promptTokenCount", "total_input_tokens", "prompt_eval_count":
		to = &u.Input
	case "output_tokens", "completion_tokens", "candidatesTokenCount", "total_output_tokens", "eval_count":
		to = &u.Output
	case "cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount", "total_cached_tokens", "prompt_cache_hit_tokens":
		to = &u.Cached
	case "reasoning_tokens", "thoughtsTokenCount", "total_thought_tokens":
		to = &u.Reasoning
	default:
		return
	}
	if n, ok := f.c.Int(); ok && n >= 0 {
		*to, u.Known = n, true
	}
}

// word reads a reason to finish, nil where it is none.
func (f *Fact) word() []byte {
	word, _ := f.c.String()
	switch string(word) {
	case "", "null", "None", "FINISH_REASON_UNSPECIFIED":
		return nil
	}
	return word
}

// readString reads the string at the cursor, unquoted.
func (f *Fact) readString() []byte {
	raw, ok := f.c.String()
	if !ok || bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return jsonscan.Unquote(nil, raw)
}

// readReply reads the id of the reply, at the cursor, if the place is asked for.
func (f *Fact) readReply() {
	if f.WithPlace {
		f.Place.Reply = f.readString()
	}
}
