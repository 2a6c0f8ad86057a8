package failure

// ServerText classifies what a server said, in the body of a response or in a stream, as
// [Text] does. But a timeout, a cancellation or a wrong address that a server speaks
// of is its own, not this program's, and passes. code is the status that came with
// the text or that the text names, 0 for none. What nothing recognises is Unknown
// and not retryable: only whoever knows where it was said can presume more.
func ServerText(text string, status int) (kind Kind, retryable bool, code int) {
	if !failed(status) {
		status = statusInText(beginning(text))
	}
	v := judgeText(text, status)
	if status == 0 {
		switch v.kind {
		case Timeout, Network:
			v.retryable = true
		case Canceled, Offline, Blocked:
			v.kind, v.retryable = Server, true
		}
	}
	return v.kind, v.retryable, status
}

// UnknownStatus reports whether an HTTP status is one that nobody knows, of the kind
// that a server's failure has: from 500 on, and those beyond 599, which RFC 9110,
// section 15, has treated like a 5xx. What comes with one is the server's fault,
// but nobody can say that it passes.
func UnknownStatus(code int) bool {
	switch {
	case code < 500 || code > 999:
		return false
	case code <= 511, code >= 520 && code <= 530, code == 598, code == 599:
		return false
	}
	return true
}
