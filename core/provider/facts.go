package provider

import (
	"slices"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// Facts is what an event states besides the text.
type Facts struct {
	// Reasoning is the text of the model's thoughts that the event adds, often empty.
	Reasoning []byte
	// Tools are the parts of tool calls that the event adds, in order.
	Tools []ToolPart
	// Usage is what the reply has used so far, as the events said until now.
	Usage Usage
	// Finish is the provider's reason to finish, such as "stop" or "end_turn"; empty
	// until an event has said it.
	Finish string

	// buf is memory for the arguments.
	buf []byte
	// unquoter is that of Reasoning.
	unquoter jsonscan.Unquoter
	// open are the tool calls that are not known to be whole.
	open []openCall
}

// openCall is a tool call of which more may come.
type openCall struct {
	index int
	id    string
}

// maxOpen is of how many tool calls at once it is known that they are whole.
const maxOpen = 256

// ToolPart is a part of a tool call.
type ToolPart struct {
	// Index is the call's number in the reply, by which its parts are told from those
	// of others; the numbers may have gaps. It is 0 in the APIs that number no calls:
	// there every part is a whole call or has the ID.
	Index int
	// ID is the call's, in the part that has it; often the first alone.
	ID string
	// Name is the tool's, in the part that has it; often the first alone.
	Name string
	// Arguments are to be appended to those that came before; together they are the
	// JSON of the call's arguments. They are valid until the next Read.
	Arguments []byte
	// Whole reports whether nothing more comes of the call. Some APIs say so twice.
	Whole bool
}

// Usage is a number of tokens. Providers count differently: see theirs for what is
// included where.
type Usage struct {
	// Input is what was read; 0 until an event has said it, as are the others.
	Input int64
	// Cached is the part of Input that came from a cache.
	Cached int64
	// Output is what was written.
	Output int64
	// Reasoning is the part of Output that went into thoughts.
	Reasoning int64
}

// WantFacts has Read state the facts of each event. It costs some time for each:
// events that are like the one before are read, too.
func (r *Reader) WantFacts() { r.facts = &Facts{} }

// reset begins the next event; what was used, and why the reply ended, stays.
func (f *Facts) reset() {
	f.Reasoning, f.Tools, f.buf = f.Reasoning[:0], f.Tools[:0], f.buf[:0]
}

// clone returns the facts for a reader that goes on.
func (f *Facts) clone() *Facts {
	if f == nil {
		return nil
	}
	return &Facts{Usage: f.Usage, Finish: f.Finish, unquoter: f.unquoter, open: slices.Clone(f.open)}
}

// add takes what an event with that data states.
func (f *Facts) add(fact *dialect.Fact, data []byte) {
	for _, span := range fact.Reasoning {
		f.Reasoning = f.unquoter.Append(f.Reasoning, data[span.Start:span.End])
	}
	for i := range fact.Tools {
		f.addTool(&fact.Tools[i])
	}
	if fact.Finish != nil {
		f.Finish = unquoted(fact.Finish)
	}
	if u := fact.Usage; u.Known {
		// An event tells some of it, and counts up.
		f.Usage.Input = max(f.Usage.Input, u.Input)
		f.Usage.Cached = max(f.Usage.Cached, u.Cached)
		f.Usage.Output = max(f.Usage.Output, u.Output)
		f.Usage.Reasoning = max(f.Usage.Reasoning, u.Reasoning)
	}
}

// addTool adds a step of a tool call.
func (f *Facts) addTool(step *dialect.ToolStep) {
	part := ToolPart{Index: int(step.Index), ID: unquoted(step.ID), Name: unquoted(step.Name)}
	switch step.Kind {
	case dialect.ToolEnd, dialect.ToolBroken:
		for i := 0; i < len(f.open) && step.Kind == dialect.ToolEnd; i++ {
			f.Tools = append(f.Tools, ToolPart{Index: f.open[i].index, Whole: true})
		}
		f.open = f.open[:0]
		return
	case dialect.ToolWhole:
		part.Whole = true
		f.open = slices.DeleteFunc(f.open, func(o openCall) bool { return o.index == part.Index })
	default:
		f.note(&part, step)
	}
	start := len(f.buf)
	if step.IsObject {
		f.buf = append(f.buf, step.Arguments...)
	} else {
		f.buf = jsonscan.Unquote(f.buf, step.Arguments)
	}
	part.Arguments = f.buf[start:len(f.buf):len(f.buf)]
	if part.Whole || part.ID != "" || part.Name != "" || len(part.Arguments) > 0 {
		f.Tools = append(f.Tools, part)
	}
}

// note notes that more may come of a call. Parts of several calls may come in turns, so
// that another call is no sign that this one is whole, unless it has the same number:
// there are servers that give each the number 0.
func (f *Facts) note(part *ToolPart, step *dialect.ToolStep) {
	if step.Kind == dialect.ToolPart && len(step.ID)+len(step.Name)+len(step.Arguments) == 0 {
		return
	}
	i := slices.IndexFunc(f.open, func(o openCall) bool { return o.index == part.Index })
	switch {
	case i < 0 && len(f.open) < maxOpen:
		f.open = append(f.open, openCall{part.Index, part.ID})
	case i >= 0 && step.Kind == dialect.ToolPart && part.ID != "" && part.ID != f.open[i].id:
		if f.open[i].id != "" {
			f.Tools = append(f.Tools, ToolPart{Index: part.Index, Whole: true})
		}
		f.open[i].id = part.ID
	}
}

func unquoted(raw []byte) string { return string(jsonscan.Unquote(nil, raw)) }
