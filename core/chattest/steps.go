package chattest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// DefaultReply returns a plain successful reply of DefaultText.
func DefaultReply() Step { return Reply(DefaultText) }

// Reply returns a successful reply.
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

// ErrorResponse returns an error response in the form of whichever provider is asked.
func ErrorResponse(err Error, opts ...Option) Step { return Step{Error: &err}.with(opts) }

// Fail returns an error response with a body of one's own: a []byte or a string as
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

// LongLine returns an event stream of one data line of n bytes, made as it is sent.
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
