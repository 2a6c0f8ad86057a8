package dialect

import "github.com/retrystream/retrystream/core/internal/jsonscan"

// Fact is what one event states. It is valid until the event's memory is used
// again, or the next Parse; a Fact is used for many events, so that reading
// allocates nothing.
type Fact struct {
	// All asks for everything: reasoning, the names and arguments of tool calls,
	// usage, and whether any member shows something. Who has had content and wants
	// the text alone leaves it out, and such values are not read. Parse keeps it.
	All bool
	// WithPlace asks for Place. Parse keeps it.
	WithPlace bool

	// Texts are the parts of the reply's text that the event adds, as they stand in
	// its data, between the quotes of JSON strings.
	Texts []jsonscan.Span
	// Reasoning are such parts of the model's thoughts.
	Reasoning []jsonscan.Span
	// Tools are the steps of tool calls, in order.
	Tools []ToolStep
	// Usage is what the reply has used; only with All.
	Usage Usage
	// Place is where the event stands in its reply; only with WithPlace.
	Place Place
	// Unread are the values of the event on which nothing depends.
	Unread []jsonscan.Span

	stated

	// data is the event's.
	data []byte
	// c is where Parse reads in data.
	c jsonscan.Cursor
	// tool is what was read of a tool call.
	tool ToolStep
}

// stated is the part of a Fact that each event begins anew.
type stated struct {
	// Progress reports whether the model got further; false for pings and openings.
	Progress bool
	// Content reports whether the event has something to show: text, reasoning, a tool
	// call's name or arguments.
	Content bool
	// Seen are the numbered choices of the reply that the event is about, a bit each.
	Seen uint64
	// Finished are those that it ends.
	Finished uint64
	// Active are those that it adds text or a tool call to without ending them.
	Active uint64
	// Keyed reports whether the event has a place for a reason to finish.
	Keyed bool
	// Finish is the reason to finish, or the status with which the reply ends; empty
	// for none.
	Finish []byte
	// Complete reports whether the event ends the reply, whatever number of choices it has.
	Complete bool
	// Reopens reports whether a reply that seemed to have ended goes on.
	Reopens bool
	// Done reports whether nothing of use follows.
	Done bool
	// Refused reports whether the prompt was refused.
	Refused bool
	// Canceled reports whether the reply was canceled by whoever asked for it.
	Canceled bool
	// Failed reports whether the reply has failed; Error may say why.
	Failed bool
	// Error is the object that reports an error, nil for none.
	Error []byte
	// ErrorText is the error's sentence, between the quotes of a JSON string, where
	// only the dialect knows which member that is.
	ErrorText []byte

	// typ is the event's name, in whatever member the dialect has it.
	typ []byte
	// kind is the name of its part or delta.
	kind []byte
	// text is a part of the text, if the names turn out to say so.
	text jsonscan.Span
	// hasText: there is such a part.
	hasText bool
	// speaks: the choice that is being read has text or a tool call. What else comes
	// after an end, such as the signature of a thought, does not reopen it.
	speaks bool
	// foreign: the tool call is none that has an effect outside of the reply.
	foreign bool
	// message: the object has a member that holds a sentence.
	message bool
	// code: the object has a member that holds an error's code.
	code bool
	// inner is an object that may report an error.
	inner []byte
}

// ToolStep is what an event states about a tool call.
type ToolStep struct {
	Kind ToolStepKind
	// Index is the call's number in the reply, where its API numbers calls.
	Index int64
	// ID is the call's, between the quotes of a JSON string.
	ID []byte
	// Name is the tool's, between the quotes of a JSON string.
	Name []byte
	// Arguments are a part of the arguments, between the quotes of a JSON string
	// unless IsObject is set.
	Arguments []byte
	// IsObject reports whether Arguments are an object.
	IsObject bool
}

// ToolStepKind is what a ToolStep does.
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

// Usage is what a reply has used so far, in tokens.
type Usage struct {
	// Known reports whether the event says anything about it.
	Known bool
	// Input is what was read, what was cached included as far as the provider counts so.
	Input int64
	// Cached is the part of Input that came from a cache.
	Cached int64
	// Output is what was written, thoughts included as far as the provider counts so.
	Output int64
	// Reasoning is the part of Output that went into thoughts.
	Reasoning int64
}

// Place is where an event stands in its reply, as far as the event tells. Its
// strings are unquoted.
type Place struct {
	// Reply is the id of the reply.
	Reply []byte
	// Opens: a reply begins here.
	Opens bool
	// Stored: the provider keeps the reply.
	Stored bool
	// Number counts the reply's events from 0, if Numbered.
	Number int64
	// Numbered: the event has a Number.
	Numbered bool
	// Token is an id of the event's own.
	Token []byte
	// Item is the part of the reply that the event adds to.
	Item []byte
	// NewItem is the part of the reply that the event begins.
	NewItem []byte
	// Aside: the event is an error and nothing of the reply itself.
	Aside bool
	// Status: the event only says how the reply is doing.
	Status bool
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
