package dialect

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// Fact is what one event states. It is valid until the event's memory is used
// again, or the next Parse; a Fact is used for many events, so that reading
// allocates nothing.
type Fact struct {
	// All asks for everything: reasoning, the names and arguments of tool calls,
	// usage, and whether any member shows something. Who has had content and wants
	// the text alone leaves it out, and such values are not read. WithPlace asks for
	// Place. Both are kept by Parse.
	All, WithPlace bool

	// Texts are the parts of the reply's text that the event adds, as they stand in
	// its data, between the quotes of JSON strings; Reasoning those of the model's
	// thoughts.
	Texts, Reasoning []jsonscan.Span
	// Tools are the steps of tool calls, in order.
	Tools []ToolStep
	// Usage is what the reply has used; only with All.
	Usage Usage
	// Place is where the event stands in its reply; only with WithPlace.
	Place Place
	// Unread are the values of the event on which nothing depends.
	Unread []jsonscan.Span

	stated

	data []byte
	c    jsonscan.Cursor
	// tool is what was read of a tool call.
	tool ToolStep
}

// stated is the part of a Fact that each event begins anew.
type stated struct {
	// Progress tells that the model got further; false for pings and openings.
	Progress bool
	// Content tells that the event has something to show: text, reasoning, a tool
	// call's name or arguments.
	Content bool
	// Seen are the numbered choices of the reply that the event is about, a bit
	// each, Finished those that it ends and Active those that it adds text or a tool
	// call to without ending them.
	Seen, Finished, Active uint64
	// Keyed tells that the event has a place for a reason to finish.
	Keyed bool
	// Finish is the reason to finish, or the status with which the reply ends; empty
	// for none.
	Finish []byte
	// Complete tells that the event ends the reply, whatever number of choices it has.
	Complete bool
	// Reopens tells that a reply that seemed to have ended goes on.
	Reopens bool
	// Done tells that nothing of use follows.
	Done bool
	// Refused tells that the prompt was refused, Canceled that the reply was canceled
	// by whoever asked for it.
	Refused, Canceled bool
	// Failed tells that the reply has failed; Error may say why.
	Failed bool
	// Error is the object that reports an error, nil for none. ErrorText is its
	// sentence, between the quotes of a JSON string, where only the dialect knows
	// which member that is.
	Error, ErrorText []byte

	// typ is the event's name, in whatever member the dialect has it; kind that of its
	// part or delta.
	typ, kind []byte
	// text is a part of the text, if the names turn out to say so.
	text    jsonscan.Span
	hasText bool
	// speaks: the choice that is being read has text or a tool call. What else comes
	// after an end, such as the signature of a thought, does not reopen it.
	speaks bool
	// foreign: the tool call is none that has an effect outside of the reply.
	foreign bool
	// message and code: the object has members of that kind.
	message, code bool
	// inner is an object that may report an error.
	inner []byte
}

// ToolStep is what an event states about a tool call.
type ToolStep struct {
	Kind ToolStepKind
	// Index is the call's number in the reply, where its API numbers calls.
	Index int64
	// ID and Name stand between the quotes of JSON strings.
	ID, Name []byte
	// Arguments are a part of the arguments: between the quotes of a JSON string, or
	// an object if IsObject.
	Arguments []byte
	IsObject  bool
}

// ToolStepKind says what a ToolStep does.
type ToolStepKind uint8

const (
	// ToolPart: a part of a call came; another call that was open is complete.
	ToolPart ToolStepKind = iota
	// ToolNote: a part of a call came, which says nothing of others; only with All.
	ToolNote
	// ToolWhole: a whole call came, whatever else is open.
	ToolWhole
	// ToolEnd: the open call is complete.
	ToolEnd
	// ToolBroken: nothing more comes of the open call, and it is not whole.
	ToolBroken
)

// Usage is what a reply has used so far, in tokens. Known tells that the event
// says anything about it.
type Usage struct {
	Known bool
	// Input includes what was Cached, Output what went into Reasoning, as far as the
	// provider counts so.
	Input, Cached, Output, Reasoning int64
}

// Place is where an event stands in its reply, as far as the event tells. Its
// strings are unquoted.
type Place struct {
	// Reply is the id of the reply.
	Reply []byte
	// Opens: a reply begins here. Stored: the provider keeps it.
	Opens, Stored bool
	// Number counts the reply's events from 0, if Numbered.
	Number   int64
	Numbered bool
	// Token is an id of the event's own.
	Token []byte
	// Item is the part of the reply that the event adds to, NewItem one that it
	// begins.
	Item, NewItem []byte
	// Aside: the event is an error and nothing of the reply itself. Status: it only
	// says how the reply is doing.
	Aside, Status bool
}

// reset begins the next event. What costs more is cleared only for those who ask.
func (f *Fact) reset() {
	f.Texts, f.Reasoning, f.Tools, f.Unread = f.Texts[:0], f.Reasoning[:0], f.Tools[:0], f.Unread[:0]
	f.stated = stated{}
	if f.All {
		f.Usage, f.tool = Usage{}, ToolStep{}
	}
	if f.WithPlace {
		f.Place = Place{}
	}
}

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

// readID reads an object's string of the name "id" as that of the reply.
func (f *Fact) readID() (id []byte) {
	f.c.Object(func(key []byte) {
		if string(key) == "id" {
			id = f.readString()
		}
	})
	return id
}
