package chattest

import (
	"io"
	"net/http"
	"time"
)

// DefaultText is the reply where a step names none.
const DefaultText = "Hello! How can I help you today? Ask me anything: 你好, café, 🚀."

// Fault is what goes wrong with a response that has started.
type Fault int

const (
	// FaultNone: nothing; the response is complete.
	FaultNone Fault = iota
	// FaultHang: no response at all, not even a head, until the client goes away.
	FaultHang
	// FaultCutBytes: the connection is reset after Step.After body bytes; with 0
	// before the response head.
	FaultCutBytes
	// FaultCutEvents: the connection is reset after Step.After events.
	FaultCutEvents
	// FaultEarlyEnd: a clean end after Step.After events, without the end signal.
	FaultEarlyEnd
	// FaultStall: silence after Step.After events until the client goes away.
	FaultStall
	// FaultPings: after Step.After events only keepalives, one every
	// Step.PingEvery, until the client goes away.
	FaultPings
	// FaultError: after Step.After events Step.Error as the provider reports an
	// error inside a stream, then the clean end.
	FaultError
	// FaultErrorDone: as FaultError, then "[DONE]", as some servers of the OpenAI
	// chat format do.
	FaultErrorDone
	// FaultErrorFlat: as FaultError, in the form that the OpenAI Responses
	// reference documents: fields at the top level, no response.failed.
	FaultErrorFlat
	// FaultErrorFailed: as FaultError, but response.failed alone (OpenAI Responses).
	FaultErrorFailed
	// FaultErrorUnframed: as FaultError, but the bare JSON body in place of an
	// event, as Gemini has done.
	FaultErrorUnframed
	// FaultRaw: after Step.After events the bytes of Step.Tail, then the clean end.
	FaultRaw
)

// Step is what a fake does with one request. It is plain data: the constructors
// below cover the usual cases, and a field can be changed afterwards.
//
// A step is a raw response if Body or Generate is set, otherwise an error
// response if Error is set and Fault is FaultNone, otherwise a reply of Text.
// Events are counted as they are sent, keepalives included; a number beyond the
// reply's events means after all of them, except that a step that must not show
// the end signal always stops before the last event. A response that is not
// streamed counts as one event.
type Step struct {
	// Status is the HTTP status; 0 means 200, for an error response Error.Status.
	Status int
	// Header is sent in addition to the provider's own headers and wins over
	// them.
	Header http.Header

	// Text is the reply.
	Text string
	// ToolCall is a tool's call that follows the text; nil for none.
	ToolCall *ToolCall
	// FinishReason is why the model stopped, in the provider's words; empty
	// means the natural end. The Responses API answers any other with
	// response.incomplete.
	FinishReason string
	// Error is the error to report, in the provider's own form; a fault that
	// reports one takes nil for a plain 500.
	Error *Error
	// Body is a raw response body; empty but not nil for an empty body.
	Body []byte
	// Generate writes a raw response body that is too large to hold in memory.
	// It should return the first error of w.
	Generate func(w io.Writer) error

	// Pace is the pause before each piece of text.
	Pace time.Duration
	// Pings is how many extra keepalives come before the text.
	Pings int
	// PingEvery is the pause before each extra keepalive.
	PingEvery time.Duration
	// DeltaRunes is the size of each piece of text in code points; 0 means
	// pieces like a model's, of a few characters to a word.
	DeltaRunes int
	// EventsPerFlush is how many events go out in one write; 0 means 1.
	EventsPerFlush int
	// ChunkBytes splits what is written into chunks of this size, each flushed
	// by itself, so that events and characters are torn apart; 0 means whole
	// events. The network may join chunks again.
	ChunkBytes int

	// Background makes a reply of OpenAIResponses one that can be continued.
	Background bool
	// Replay is how many events a step that continues a reply sends again; see the
	// option.
	Replay int
	// Other has a step that continues a reply send those of another one.
	Other bool
	// Anew has a step that continues a reply begin from its start.
	Anew bool

	// Fault is what goes wrong.
	Fault Fault
	// After is how much is sent before that: events, or body bytes for
	// FaultCutBytes.
	After int
	// Tail is what FaultRaw sends.
	Tail []byte
	// Until, unless it is nil, puts the fault off until it is closed.
	Until <-chan struct{}
}

// Option changes a step.
type Option func(*Step)

// Text sets the reply of a step that has a default one.
func Text(text string) Option { return func(s *Step) { s.Text = text } }

// Pace pauses before each piece of text.
func Pace(d time.Duration) Option { return func(s *Step) { s.Pace = d } }

// Pings sends n extra keepalives before the text, with a pause before each.
func Pings(n int, every time.Duration) Option {
	return func(s *Step) { s.Pings, s.PingEvery = n, every }
}

// DeltaRunes makes each piece of text n code points long.
func DeltaRunes(n int) Option { return func(s *Step) { s.DeltaRunes = n } }

// EventsPerFlush sends n events in one write.
func EventsPerFlush(n int) Option { return func(s *Step) { s.EventsPerFlush = n } }

// ChunkBytes splits the body into chunks of n bytes, each flushed by itself.
func ChunkBytes(n int) Option { return func(s *Step) { s.ChunkBytes = n } }

// FinishReason sets why the model stopped, in the provider's words.
func FinishReason(reason string) Option { return func(s *Step) { s.FinishReason = reason } }

// Header sets a response header.
func Header(key, value string) Option {
	return func(s *Step) {
		if s.Header == nil {
			s.Header = http.Header{}
		}
		s.Header.Set(key, value)
	}
}

// Until puts the fault off until the channel is closed, for example when the
// client has read what came before.
func Until(closed <-chan struct{}) Option { return func(s *Step) { s.Until = closed } }

// reportsError reports whether the fault is an error inside the stream.
func (f Fault) reportsError() bool {
	switch f {
	case FaultError, FaultErrorDone, FaultErrorFlat, FaultErrorFailed, FaultErrorUnframed:
		return true
	}
	return false
}

// raw reports whether the step's body is the test's own.
func (s Step) raw() bool { return s.Body != nil || s.Generate != nil }
