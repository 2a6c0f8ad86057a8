package event

import (
	"strconv"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

// The AppendJSON methods write what encoding/json would, for a place where that
// is too large to carry. Empty members are left out as the json tags say; a test
// holds the two together.

// AppendJSON appends the retry as JSON.
func (r ChatStreamRetry) AppendJSON(b []byte) []byte {
	o := jsonobject.Object(append(b, '{')).Count("attempt", int64(r.Attempt)).Count("delay_ms", r.DelayMs)
	o = o.Name("error").Quote(r.Error).Time("retrying_at", &r.RetryingAt)
	o = o.Text("kind", string(r.Kind)).Text("provider", r.Provider).Number("status_code", int64(r.StatusCode))
	return append(o, '}')
}

// AppendJSON appends the status as JSON.
func (s ChatStreamStatus) AppendJSON(b []byte) []byte {
	o := jsonobject.Object(append(b, '{')).Name("phase").Quote(string(s.Phase)).Count("attempt", int64(s.Attempt))
	o = o.Text("message", s.Message).Text("kind", string(s.Kind)).Text("provider", s.Provider)
	o = o.Number("status_code", int64(s.StatusCode)).Text("detail", s.Detail).Number("delay_ms", s.DelayMs)
	o = o.Time("retrying_at", s.RetryingAt).Time("last_byte_at", s.LastByteAt).Time("last_progress_at", s.LastProgressAt)
	return append(o, '}')
}

// AppendJSON appends the error as JSON.
func (e ChatStreamError) AppendJSON(b []byte) []byte {
	o := jsonobject.Object(append(b, '{')).Name("message").Quote(e.Message).Name("retryable")
	o = strconv.AppendBool(o, e.Retryable)
	o = o.Text("kind", string(e.Kind)).Text("provider", e.Provider).Number("status_code", int64(e.StatusCode))
	o = o.Text("detail", e.Detail).Count("attempts", int64(e.Attempts)).Number("retry_after_ms", e.RetryAfterMs)
	return append(o, '}')
}
