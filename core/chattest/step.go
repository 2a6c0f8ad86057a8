package chattest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
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
	// Of a step that continues a reply: Replay is how many events are sent again
	// (see the option), Other means those of another reply, Anew from the start.
	Replay      int
	Other, Anew bool

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

// DefaultReply is a plain successful reply of DefaultText.
func DefaultReply() Step { return Reply(DefaultText) }

// Reply is a successful reply.
func Reply(text string, opts ...Option) Step { return Step{Text: text}.with(opts) }

// Hang accepts the request and never answers.
func Hang() Step { return Step{Fault: FaultHang} }

// CutAfterBytes resets the TCP connection after n bytes of the body, with 0
// before the response head. Browsers send a request again by themselves if a
// reused connection is reset before the head: that takes one more step.
func CutAfterBytes(n int, opts ...Option) Step { return broken(FaultCutBytes, n, opts) }

// CutAfterEvents resets the TCP connection after n events.
func CutAfterEvents(n int, opts ...Option) Step { return broken(FaultCutEvents, n, opts) }

// EndEarly ends the stream cleanly after n events, without the end signal.
func EndEarly(n int, opts ...Option) Step { return broken(FaultEarlyEnd, n, opts) }

// Stall sends n events and then nothing until the client goes away.
func Stall(n int, opts ...Option) Step { return broken(FaultStall, n, opts) }

// PingsOnly sends n events and then only keepalives until the client goes away.
func PingsOnly(n int, every time.Duration, opts ...Option) Step {
	s := broken(FaultPings, n, opts)
	s.PingEvery = every
	return s
}

// FailInStream reports an error inside the stream after n events. If the
// request did not ask for a stream, it is an error response.
func FailInStream(n int, err Error, opts ...Option) Step {
	s := broken(FaultError, n, opts)
	s.Error = &err
	return s
}

// DoneAfterError is FailInStream followed by "[DONE]" (OpenAI chat).
func DoneAfterError(n int, err Error, opts ...Option) Step {
	s := FailInStream(n, err, opts...)
	s.Fault = FaultErrorDone
	return s
}

// FlatErrorInStream is FailInStream in the form that the OpenAI Responses
// reference documents, which is not quite the one on the wire.
func FlatErrorInStream(n int, err Error, opts ...Option) Step {
	s := FailInStream(n, err, opts...)
	s.Fault = FaultErrorFlat
	return s
}

// ResponseFailed is FailInStream with response.failed alone (OpenAI Responses).
func ResponseFailed(n int, err Error, opts ...Option) Step {
	s := FailInStream(n, err, opts...)
	s.Fault = FaultErrorFailed
	return s
}

// UnframedError is FailInStream with the bare JSON body in place of an event.
func UnframedError(n int, err Error, opts ...Option) Step {
	s := FailInStream(n, err, opts...)
	s.Fault = FaultErrorUnframed
	return s
}

// RawInStream sends n events, then these bytes as they are, then the clean end.
func RawInStream(n int, tail string, opts ...Option) Step {
	s := broken(FaultRaw, n, opts)
	s.Tail = []byte(tail)
	return s
}

// ErrorResponse is an error response in the form of whichever provider is asked.
func ErrorResponse(err Error, opts ...Option) Step { return Step{Error: &err}.with(opts) }

// Fail is an error response with a body of one's own: a []byte or a string as
// it is, anything else as JSON. It panics on what has no JSON form.
func Fail(status int, body any, opts ...Option) Step {
	s := Step{Status: status, Header: http.Header{"Content-Type": {"application/json"}}}
	switch body := body.(type) {
	case []byte:
		s.Body = append([]byte{}, body...)
	case string:
		s.Body = []byte(body)
	default:
		var err error
		if s.Body, err = json.Marshal(body); err != nil {
			panic("chattest: error body: " + err.Error())
		}
	}
	return s.with(opts)
}

// RawResponse answers with just this. Only the headers given are sent: without
// a Content-Type there is none.
func RawResponse(status int, header http.Header, body string, opts ...Option) Step {
	return Step{Status: status, Header: header.Clone(), Body: []byte(body)}.with(opts)
}

// LongLine is an event stream of one data line of n bytes, made as it is sent.
func LongLine(n int, opts ...Option) Step {
	return Step{
		Header: http.Header{"Content-Type": {"text/event-stream"}},
		Generate: func(w io.Writer) error {
			if _, err := io.WriteString(w, "data: "); err != nil {
				return err
			}
			block := slices.Repeat([]byte("x"), 32<<10)
			for left := n; left > 0; left -= len(block) {
				if _, err := w.Write(block[:min(left, len(block))]); err != nil {
					return err
				}
			}
			_, err := io.WriteString(w, "\n\n")
			return err
		},
	}.with(opts)
}

// Redirect sends the client elsewhere and asks it to repeat the same request.
func Redirect(url string) Step {
	return RawResponse(http.StatusTemporaryRedirect, http.Header{"Location": {url}}, "")
}

func broken(fault Fault, after int, opts []Option) Step {
	return Step{Text: DefaultText, Fault: fault, After: after}.with(opts)
}

func (s Step) with(opts []Option) Step {
	for _, o := range opts {
		o(&s)
	}
	return s
}

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
