package event

import (
	"strconv"
	"time"
)

// The AppendJSON methods write what encoding/json would, for a place where that
// is too large to carry. Empty members are left out as the json tags say; a test
// holds the two together.

// object is a JSON object in the making.
type object []byte

func (o object) name(name string) object {
	if o[len(o)-1] != '{' {
		o = append(o, ',')
	}
	return append(append(append(o, '"'), name...), `":`...)
}

func (o object) text(name, value string) object {
	if value == "" {
		return o
	}
	return o.name(name).quote(value)
}

// quote adds a string. Bytes that are no UTF-8 stay as they are: whoever decodes
// them decides.
func (o object) quote(s string) object {
	o = append(o, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			o = append(o, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			o = append(o, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			o = append(o, c)
		}
	}
	return append(o, '"')
}

func (o object) number(name string, value int64) object {
	if value == 0 {
		return o
	}
	return o.count(name, value)
}

// count adds a number, 0 too.
func (o object) count(name string, value int64) object {
	return strconv.AppendInt(o.name(name), value, 10)
}

func (o object) time(name string, value *time.Time) object {
	if value == nil {
		return o
	}
	return append(value.AppendFormat(append(o.name(name), '"'), time.RFC3339Nano), '"')
}

// AppendJSON appends the retry as JSON.
func (r ChatStreamRetry) AppendJSON(b []byte) []byte {
	o := object(append(b, '{')).count("attempt", int64(r.Attempt)).count("delay_ms", r.DelayMs)
	o = o.name("error").quote(r.Error).time("retrying_at", &r.RetryingAt)
	o = o.text("kind", string(r.Kind)).text("provider", r.Provider).number("status_code", int64(r.StatusCode))
	return append(o, '}')
}

// AppendJSON appends the status as JSON.
func (s ChatStreamStatus) AppendJSON(b []byte) []byte {
	o := object(append(b, '{')).name("phase").quote(string(s.Phase)).count("attempt", int64(s.Attempt))
	o = o.text("message", s.Message).text("kind", string(s.Kind)).text("provider", s.Provider)
	o = o.number("status_code", int64(s.StatusCode)).text("detail", s.Detail).number("delay_ms", s.DelayMs)
	o = o.time("retrying_at", s.RetryingAt).time("last_byte_at", s.LastByteAt).time("last_progress_at", s.LastProgressAt)
	return append(o, '}')
}

// AppendJSON appends the error as JSON.
func (e ChatStreamError) AppendJSON(b []byte) []byte {
	o := object(append(b, '{')).name("message").quote(e.Message).name("retryable")
	o = strconv.AppendBool(o, e.Retryable)
	o = o.text("kind", string(e.Kind)).text("provider", e.Provider).number("status_code", int64(e.StatusCode))
	o = o.text("detail", e.Detail).count("attempts", int64(e.Attempts)).number("retry_after_ms", e.RetryAfterMs)
	return append(o, '}')
}
