package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/ascii"
)

// goodFinishes are the reasons to finish that are no failure. The first usualFinishes
// of them say no more than that the model was done.
var goodFinishes = []string{
	"stop", "end_turn", "STOP", "COMPLETE", "completed", "eos",
	"length", "tool_calls", "function_call", "tool-calls",
	"max_tokens", "stop_sequence", "tool_use", "pause_turn", "model_context_window_exceeded",
	"MAX_TOKENS", "STOP_SEQUENCE", "TOOL_CALL", "model_length", "max_output_tokens",
}

// usualFinishes is how many of goodFinishes say nothing else.
const usualFinishes = 6

// refusals are reasons to finish, or their parts, by which a safety system ended
// the reply, in lower case. What came before stands; if there is nothing, that is
// what to tell.
var refusals = []string{
	"content_filter", "content-filter", "guardrail", "refusal", "sensitive", "safety",
	"recitation", "blocklist", "prohibited_content", "spii", "toxic", "moderation",
}

// breaks are parts of reasons to finish that mean that the reply broke off, in lower
// case.
var breaks = []string{
	"error", "fail", "abort", "network", "timeout", "timed_out", "exception", "malformed", "unexpected",
	"unavailable", "overload", "interrupt", "disconnect", "insufficient", "too_many", "cancel", "crash",
	"upstream", "missing", "no_image",
}

// knownFinishes are the reasons that are documented, or were reported, to mean that
// the reply broke off; in lower case. Others with such a part are presumed to.
var knownFinishes = []string{
	"error", "network_error", "abort", "failed", "model_error", "server_error", "timeout",
	"malformed_function_call", "malformed_response", "unexpected_tool_call", "too_many_tool_calls", "no_image",
}

// finishedWith judges a reason to finish: with some it is a failure. Nil means that
// it is not.
func (r *Reader) finishedWith(reason []byte) (verdict *failure.Failure) {
	if d := r.provider.def; d != nil {
		for _, own := range d.finishes {
			if own.text == string(reason) {
				r.signal.Unreported = true
				return r.fail(own.kind)
			}
		}
	}
	for _, good := range goodFinishes {
		if string(reason) == good {
			return nil
		}
	}
	word := ascii.ToLower(string(reason))
	switch {
	case hasAny(word, refusals):
		if !r.content {
			verdict = r.fail(failure.ContentFilter)
		}
	case hasAny(word, breaks):
		verdict = r.brokeOff(word)
	case !r.content && (word == "other" || word == "unknown"):
		verdict = r.brokeOff(word)
	}
	r.signal.Unreported = verdict != nil
	return verdict
}

// brokeOff judges a reason to finish that is a failure: the word may say of what
// kind.
func (r *Reader) brokeOff(word string) *failure.Failure {
	kind := failure.Server
	if f := failure.Text(word, 0); f.Kind != failure.Unknown && f.Kind != failure.Canceled {
		kind = f.Kind
	}
	f := r.fail(kind)
	f.Presumed = true
	for _, known := range knownFinishes {
		f.Presumed = f.Presumed && word != known
	}
	*f = r.provider.sign(*f)
	return f
}

// hasAny reports whether a word has any of those in it.
func hasAny(word string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(word, part) {
			return true
		}
	}
	return false
}
