package event

import (
	"strconv"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

// The AppendJSON methods write what encoding/json would, for a place where that
// is too large to carry. Empty members are left out as the json tags say; a test
// holds the two together.

// AppendJSON appends the message as JSON.
func (m ChatStreamMessage) AppendJSON(b []byte) []byte {
	return append(m.members(append(b, '{')), '}')
}

func (m ChatStreamMessage) members(o jsonobject.Object) jsonobject.Object {
	return o.Name("event").Quote(m.Event).Name("data").Quote(m.Data).Name("id").Quote(m.ID).Name("text").Quote(m.Text)
}

// AppendJSON appends the reset as JSON.
func (r ChatStreamReset) AppendJSON(b []byte) []byte {
	return append(r.members(append(b, '{')), '}')
}

func (r ChatStreamReset) members(o jsonobject.Object) jsonobject.Object {
	return o.Count("attempt", int64(r.Attempt))
}

// AppendJSON appends the retry as JSON.
func (r ChatStreamRetry) AppendJSON(b []byte) []byte {
	return append(r.members(append(b, '{')), '}')
}

func (r ChatStreamRetry) members(o jsonobject.Object) jsonobject.Object {
	o = o.Count("attempt", int64(r.Attempt)).Count("delay_ms", r.DelayMs)
	o = o.Name("error").Quote(r.Error).Time("retrying_at", &r.RetryingAt)
	return o.Text("kind", string(r.Kind)).Text("provider", r.Provider).Number("status_code", int64(r.StatusCode))
}

// AppendJSON appends the status as JSON.
func (s ChatStreamStatus) AppendJSON(b []byte) []byte {
	return append(s.members(append(b, '{')), '}')
}

func (s ChatStreamStatus) members(o jsonobject.Object) jsonobject.Object {
	o = o.Name("phase").Quote(string(s.Phase)).Count("attempt", int64(s.Attempt))
	o = o.Text("message", s.Message).Text("kind", string(s.Kind)).Text("provider", s.Provider)
	o = o.Number("status_code", int64(s.StatusCode)).Text("detail", s.Detail).Number("delay_ms", s.DelayMs)
	return o.Time("retrying_at", s.RetryingAt).Time("last_byte_at", s.LastByteAt).Time("last_progress_at", s.LastProgressAt)
}

// AppendJSON appends the error as JSON.
func (e ChatStreamError) AppendJSON(b []byte) []byte {
	return append(e.members(append(b, '{')), '}')
}

func (e ChatStreamError) members(o jsonobject.Object) jsonobject.Object {
	o = o.Name("message").Quote(e.Message).Name("retryable")
	o = strconv.AppendBool(o, e.Retryable)
	o = o.Text("kind", string(e.Kind)).Text("provider", e.Provider).Number("status_code", int64(e.StatusCode))
	return o.Text("detail", e.Detail).Count("attempts", int64(e.Attempts)).Number("retry_after_ms", e.RetryAfterMs)
}
