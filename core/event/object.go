package event

import "time"

// The Object methods give the same members as the JSON encoding, for a place
// where encoding/json is too large to carry. Empty members are left out as the
// json tags say; a test holds the two together.

type object map[string]any

func (o object) text(name, value string) {
	if value != "" {
		o[name] = value
	}
}

func (o object) number(name string, value int64) {
	if value != 0 {
		// JavaScript numbers are floats; 53 bits hold every millisecond there is.
		o[name] = float64(value)
	}
}

func (o object) time(name string, value *time.Time) {
	if value != nil {
		o[name] = value.Format(time.RFC3339Nano)
	}
}

// Object gives the retry as a JavaScript object's members.
func (r ChatStreamRetry) Object() map[string]any {
	o := object{
		"attempt": float64(r.Attempt), "delay_ms": float64(r.DelayMs), "error": r.Error,
		"retrying_at": r.RetryingAt.Format(time.RFC3339Nano),
	}
	o.text("kind", string(r.Kind))
	o.text("provider", r.Provider)
	o.number("status_code", int64(r.StatusCode))
	return o
}

// Object gives the status as a JavaScript object's members.
func (s ChatStreamStatus) Object() map[string]any {
	o := object{"phase": string(s.Phase), "attempt": float64(s.Attempt)}
	o.text("message", s.Message)
	o.text("kind", string(s.Kind))
	o.text("provider", s.Provider)
	o.number("status_code", int64(s.StatusCode))
	o.text("detail", s.Detail)
	o.number("delay_ms", s.DelayMs)
	o.time("retrying_at", s.RetryingAt)
	o.time("last_byte_at", s.LastByteAt)
	o.time("last_progress_at", s.LastProgressAt)
	return o
}

// Object gives the error as a JavaScript object's members.
func (e ChatStreamError) Object() map[string]any {
	o := object{"message": e.Message, "retryable": e.Retryable, "attempts": float64(e.Attempts)}
	o.text("kind", string(e.Kind))
	o.text("provider", e.Provider)
	o.number("status_code", int64(e.StatusCode))
	o.text("detail", e.Detail)
	o.number("retry_after_ms", e.RetryAfterMs)
	return o
}
