package failure

// rule says: with one of these statuses, or with one of these phrases in its
// text, a failure is of this kind.
type rule struct {
	kind      Kind
	retryable bool
	// statuses match by themselves; where there is no text they decide alone.
	statuses []int
	// unless turns the rule off at this status.
	unless int
	// phrases are lower-case words, compared as [words] describes.
	phrases []string
	// step, where set, replaces all of the above.
	step step
}

// step is a rule that is more than a comparison.
type step uint8

const (
	compare step = iota
	// byStatus ends the search where a status is known: StatusKind decides.
	byStatus
	// byEngine looks the text up among the messages of JavaScript engines.
	byEngine
)

// The precedence. The first rule that matches decides, so this list is where
// one reads, and changes, what beats what. Three things are decided in
// [Classify]: an [Error] in the chain is taken as is; context.DeadlineExceeded
// in the chain is a timeout that is not retried, as it is the caller's own
// deadline; context.Canceled in the chain of an error without a status is
// canceled, unless a rule names another reason why it failed for good. The
// order of the list follows these principles:
//
//  1. Texts that only one program writes, for one situation, come first.
//  2. "Used up" beats everything (insufficient_quota at any status), but mere
//     talk of quota or billing does not beat a 429: Gemini and Azure speak of
//     quota when they mean requests a minute.
//  3. Overloaded beats the key, the key (401) beats the request.
//  4. Words about context length or the model beat 403, 429, 5xx and all words
//     about connections: the same request would fail for ever.
//  5. Words that would have it retried count for nothing with a status such as
//     400 that says whose fault it is: a provider's complaint quotes the request.
//  6. Then the status, if there is one, decides. So "context canceled" from a
//     server that answered 500 is retried, and with 401 it is not; a 400 is not
//     retried because its text says "timeout".
//  7. Without a status, words decide: resets from the peer, then somebody's own
//     end of patience, then what JavaScript engines say, then time, network and
//     server trouble in general.
//  8. What matches nothing is Unknown, and not retried.
var rules = []rule{
	{kind: Truncated, retryable: true, phrases: []string{
		"closed before message stop", "closed before terminal event",
	}},
	// The Responses API refers to an item of an earlier turn that is missing.
	{kind: InvalidRequest, phrases: []string{
		"no tool output found for function call",
		"provided without its required reasoning item",
	}},
	{kind: Canceled, phrases: []string{
		"chat interrupted", "request interrupted", "operation interrupted",
	}},
	{kind: UsageLimit, phrases: []string{
		"insufficient quota", "insufficient balance", "insufficient credit", "insufficient funds",
		"credit balance", "out of credits", "available credits", "included credits",
		"spend limit", "spending limit", "usage limit",
		"billing hard limit", "billing not active",
	}},
	{kind: ContentFilter, phrases: []string{
		"content filter", "content management policy", "content policy", "content violates",
		"usage polic", "responsible ai policy", "safety system", "prohibited content",
		"data inspection failed", "input was flagged",
	}},
	{kind: Overloaded, retryable: true, statuses: []int{529}, phrases: []string{
		"overloaded", "over capacity", "at capacity", "capacity exceeded", "high demand",
		"too busy", "slow down", "insufficient system resource",
	}},
	// What gRPC says for a 429; its text may go on about quota.
	{kind: RateLimit, retryable: true, phrases: []string{
		"resource exhausted", "resource has been exhausted",
	}},
	{kind: UsageLimit, statuses: []int{402}, unless: 429, phrases: []string{
		"quota", "billing", "payment required",
	}},
	{kind: Auth, statuses: []int{401}, phrases: []string{
		"authentication", "unauthorized", "unauthenticated", "invalid api key", "invalid x api key",
		"incorrect api key", "api key not valid", "api key expired", "missing api key",
		"no api key", "no auth credentials", "invalid credentials",
	}},
	{kind: ContextExceeded, phrases: []string{
		"context length exceeded", "context exceeded", "maximum context", "context window",
		"context limit", "context size", "prompt is too long", "prompt too long",
		"input is too long", "input token count", "maximum prompt length", "maximum model length",
		"request too large", "request entity too large", "payload too large",
	}},
	{kind: ModelNotFound, phrases: []string{
		"invalid model", "model not found", "unsupported model", "model not exist",
		"does not exist or you do not have access", "no such model", "unknown model",
		"not a valid model", "is not found for api version", "no endpoints found",
		"deployment not found", "deployment for this resource does not exist",
		"has been decommissioned", "try pulling it first",
	}},
	{kind: InvalidRequest, phrases: []string{
		"malformed config", "previous response with id",
	}},
	{kind: Permission, statuses: []int{403}, phrases: []string{
		"forbidden", "permission denied", "permission error", "access denied",
		"provider disabled", "unsupported country", "available in your country",
		"available in your region",
	}},
	{kind: RateLimit, retryable: true, statuses: []int{429}, phrases: []string{
		"rate limit", "too many requests", "throttl", "requests per minute", "tokens per min",
		"too many tokens please wait",
	}},

	{step: byStatus},

	{kind: Network, retryable: true, phrases: []string{
		"client conn", "goaway", "http2 stream closed", "use of closed network connection",
		"internal error received from peer", "refused stream received from peer",
		"cancel received from peer", "enhance your calm received from peer",
		"no error received from peer",
	}},
	// Any other reset of an HTTP/2 stream is a fault of one side's program.
	{kind: Unknown, phrases: []string{"stream error stream id"}},
	{kind: Timeout, phrases: []string{"context deadline exceeded"}},
	{kind: Canceled, phrases: []string{
		"context canceled", "context cancelled", "operation was canceled", "request canceled",
		"request was aborted",
	}},
	{kind: InvalidRequest, phrases: []string{
		"invalid request", "bad request", "invalid argument",
	}},

	{step: byEngine},

	{kind: Timeout, retryable: true, phrases: []string{
		"timeout", "timed out", "time out", "deadline exceeded", "deadline expired", "etimedout",
	}},
	// A wrong address or certificate looks the same at the next attempt.
	{kind: Network, phrases: []string{"no such host", "enotfound", "certificate"}},
	{kind: Network, retryable: true, phrases: []string{
		"connection reset", "connection refused", "connection error", "connection closed",
		"connection was closed", "connection aborted", "connection broken", "connection lost",
		"eof", "broken pipe", "socket hang up", "premature close", "unexpected end of file",
		"econnreset", "econnrefused", "econnaborted", "epipe", "enetunreach", "ehostunreach",
		"eai again", "temporary failure in name resolution", "server misbehaving",
		"network is unreachable", "no route to host", "forcibly closed by the remote host",
		"actively refused", "server closed idle connection", "server disconnected",
		"incomplete chunked read", "upstream connect error",
	}},
	{kind: Server, retryable: true, phrases: []string{
		"server error", "internal error", "server had an error", "unavailable", "bad gateway",
		"no healthy upstream", "you can retry your request",
	}},
}

// verdict is what the rules say about a text and a status.
type verdict struct {
	kind      Kind
	retryable bool
	// row is the index of the rule that decided, len(rules) where none did.
	row int
}

// judge finds the first rule that matches. Status 0 means that none is known.
func judge(text string, status int) verdict {
	w := readWords(text)
	for i := range rules {
		r := &rules[i]
		switch r.step {
		case byStatus:
			if status != 0 {
				kind, retryable := StatusKind(status)
				return verdict{kind, retryable, i}
			}
		case byEngine:
			if m := engineSays(&w); m != nil {
				return verdict{m.kind, m.retryable, i}
			}
		default:
			if r.matches(&w, status) {
				return verdict{r.kind, r.retryable, i}
			}
		}
	}
	return verdict{Unknown, false, len(rules)}
}

func (r *rule) matches(w *words, status int) bool {
	// A provider's complaint about a request quotes it: a tool called
	// get_rate_limit must not have a 400 retried.
	if r.retryable && status >= 400 && status < 500 {
		if _, again := StatusKind(status); !again {
			return false
		}
	}
	if status != 0 {
		if status == r.unless {
			return false
		}
		for _, s := range r.statuses {
			if s == status {
				return true
			}
		}
	}
	return w.hasAny(r.phrases)
}
