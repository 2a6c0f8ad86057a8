package provider

import (
	"github.com/retrystream/retrystream/core/failure"
)

// madePrefix begins the code of a made error whose kind the provider has no code
// for.
const madePrefix = "stream_"

// kindCode is what the APIs call a kind of failure, as far as they have a code for
// it.
type kindCode struct {
	kind failure.Kind
	// status is the HTTP status that goes with it, in digits.
	status string
	// anthropic is Anthropic's error.type.
	anthropic string
	// openAI is OpenAI's error.code.
	openAI string
	// google is Google's error.status.
	google string
}

var kindCodes = []kindCode{
	{failure.RateLimit, "429", "rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED"},
	{failure.Overloaded, "503", "overloaded_error", "server_is_overloaded", "UNAVAILABLE"},
	{failure.Server, "500", "api_error", "server_error", "INTERNAL"},
	{failure.Timeout, "504", "timeout_error", "", "DEADLINE_EXCEEDED"},
	{failure.UsageLimit, "429", "billing_error", "insufficient_quota", ""},
	{failure.Auth, "401", "authentication_error", "invalid_api_key", "UNAUTHENTICATED"},
	{failure.Permission, "403", "permission_error", "permission_denied", "PERMISSION_DENIED"},
	{failure.ContextExceeded, "400", "request_too_large", "context_length_exceeded", ""},
	{failure.ModelNotFound, "404", "not_found_error", "model_not_found", "NOT_FOUND"},
	{failure.InvalidRequest, "400", "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"},
	{failure.ContentFilter, "400", "", "content_policy_violation", ""},
	{kind: failure.Network}, {kind: failure.Truncated}, {kind: failure.Empty}, {kind: failure.Stalled}, {kind: failure.Offline},
	{kind: failure.Blocked}, {kind: failure.Canceled}, {kind: failure.Unknown},
}

// codesOf returns the codes for a kind. One that is none of ours, which a program's
// own error may have, counts as unknown.
func codesOf(kind failure.Kind) *kindCode {
	for i := range kindCodes {
		if kindCodes[i].kind == kind {
			return &kindCodes[i]
		}
	}
	return &kindCodes[len(kindCodes)-1]
}

// ErrorEvent makes the event by which the provider would report the failure inside
// the stream that is read, so that an SDK raises its own error. Read by a Reader,
// it is a failure of the same kind. If alone is not nil it is to be sent first, in
// a chunk of its own; readers of events ignore it. Both are nil while the dialect
// is not known.
func (r *Reader) ErrorEvent(f failure.Failure) (alone, event []byte) {
	d := r.provider.dialect
	if d == nil {
		return nil, nil
	}
	return errorEvent(d.Alone, &f), errorEvent(d.Failing, &f)
}

// errorEvent fills in a dialect's form: $m is the message, $a, $o and $g are the
// codes of Anthropic, OpenAI and Google, $c is a code for the kind, $t OpenAI's
// type, $s the status.
func errorEvent(form string, f *failure.Failure) (out []byte) {
	w := codesOf(f.Kind)
	for i := 0; i < len(form); i++ {
		if form[i] != '$' {
			out = append(out, form[i])
			continue
		}
		text, other := "", madePrefix+string(w.kind)
		i++
		switch form[i] {
		case 'm':
			text = inQuotes(f.Message)
		case 'a':
			text, other = w.anthropic, "api_error"
		case 'o':
			text = w.openAI
		case 'g':
			text, other = w.google, "INTERNAL"
		case 't':
			if other = "server_error"; !f.Retryable {
				text = "invalid_request_error"
			}
		case 's':
			text, other = w.status, "500"
		}
		if text == "" {
			text = other
		}
		out = append(out, text...)
	}
	return out
}

// inQuotes returns a message as it stands in a JSON string. It is mostly ours, but may
// be that of a program's own error: a line end would end the event's data.
func inQuotes(text string) (out string) {
	for i := range len(text) {
		switch {
		case text[i] < ' ':
			out += " "
			continue
		case text[i] == '"' || text[i] == '\\':
			out += `\`
		}
		out += text[i : i+1]
	}
	return out
}
