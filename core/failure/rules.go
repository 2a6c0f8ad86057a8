package failure

// rule is a kind that failures have with one of its statuses, or with one of its
// phrases in their text.
type rule struct {
	kind      Kind
	retryable bool
	// statuses match by themselves; where there is no text they decide alone.
	statuses []int
	// unless turns the rule off at this status.
	unless int
	// about are combinations of concepts that one sentence has all of.
	about []concept
	// but are concepts that such a sentence has none of.
	but concept
	// not are concepts that the whole text has none of.
	not concept
	// phrases are lower-case words, compared as [Words] describes.
	phrases []string
	// despite has the rule count only at statuses that blame the request, which
	// turn off all other rules that would have it retried.
	despite bool
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
// one reads, and changes, what beats what. A text is judged by what it is about,
// not by its sentences: a rule names concepts (the input, an account, a rate,
// broken, ...; see concepts.go) that one sentence must hold together. Phrases are
// for what only these words mean. Three things are decided in
// [Classify]: an [Error] in the chain is taken as is; context.DeadlineExceeded
// in the chain is a timeout that is not retried, as it is the caller's own
// deadline; context.Canceled in the chain of an error without a status is
// canceled, unless a rule names another reason why it failed for good. The
// order of the list follows these principles:
//
//  1. Texts that only one program writes, for one situation, come first.
//  2. "Used up" beats everything (insufficient_quota at any status; a balance, a
//     budget, a day's or a session's limit), but mere talk of quota or billing
//     does not beat a 429 nor words about a rate: Gemini and Azure speak of quota
//     when they mean requests a minute.
//  3. Overloaded beats the key, the key (401) beats the request.
//  4. Words about the input's length or the model beat 403, 429, 5xx and all words
//     about connections: the same request would fail for ever. A length is not
//     one of the input where the text speaks of a rate, an account or a day.
//  5. Words that would have it retried count for nothing with a status such as
//     400 that says whose fault it is: a provider's complaint quotes the request.
//     Only a gateway that tells of its upstream's lost connection is believed.
//  6. Then the status, if there is one, decides. So "context canceled" from a
//     server that answered 500 is retried, and with 401 it is not; a 400 is not
//     retried because its text says "timeout".
//  7. Without a status, words decide: resets from the peer, then somebody's own
//     end of patience, then what JavaScript engines say, then time, network and
//     server trouble in general.
//  8. What matches nothing is Unknown, and not retried; see [ServerText] for
//     what a server said.
//
// What stands in quotation marks counts only where the rest says nothing.
var rules = []rule{
	{kind: Truncated, retryable: true, phrases: []string{
		"closed before message stop", "closed before terminal event", "before completion", "completion marker",
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
		"insufficient quota", "available credits", "included credits", "spend limit", "spending limit",
		"usage limit", "extra usage", "billing hard limit", "billing not active", "arrear", "overdue", "欠费",
	}},
	{kind: UsageLimit, about: []concept{onMoney | onGone, onAccount | onLimit | onGone, onPeriod | onLimit | onGone, onQuota | onPeriod | onGone},
		not: onRate | onBalancer},
	{kind: ContentFilter, about: []concept{onSafety | onContent}, not: onCase, phrases: []string{
		"content filter", "content management policy", "content policy", "content violates",
		"usage polic", "responsible ai policy", "safety system", "prohibited content",
		"data inspection failed", "input was flagged", "敏感", "内容安全",
	}},
	{kind: Overloaded, retryable: true, statuses: []int{529}, phrases: []string{
		"overloaded", "over capacity", "at capacity", "no capacity", "out of capacity", "capacity exceeded",
		"insufficient capacity", "high demand", "too busy", "server busy", "system busy", "is busy", "slow down",
		"insufficient system resource", "queue is full", "queue full", "过载", "访问量",
	}},
	// What gRPC says for a 429; its text may go on about quota.
	{kind: RateLimit, retryable: true, phrases: []string{
		"resource exhausted", "resource has been exhausted",
	}},
	{kind: UsageLimit, statuses: []int{402}, unless: 429, about: []concept{onQuota}, not: onRate, phrases: []string{
		"payment required",
	}},
	{kind: Auth, statuses: []int{401}, about: []concept{onKey | onBad}, not: onLater, phrases: []string{
		"authentication", "unauthorized", "unauthenticated", "invalid x api key", "no api key",
		"no auth credentials", "auth fail", "invalid token", "token expired", "token is expired", "token has expired",
		"token is invalid", "signature does not match", "signature mismatch", "鉴权", "认证失败", "身份验证",
	}},
	{kind: ContextExceeded, phrases: []string{
		"context length exceeded", "context exceeded", "maximum context", "request too large",
		"request entity too large", "payload too large", "maximum prompt length", "maximum model length",
	}},
	{kind: ContextExceeded, about: []concept{onContext | onExcess, onContext | onLimit, onInput | onExcess},
		not: onRate | onMoney | onQuota | onPeriod | onMedia},
	{kind: ContextExceeded, about: []concept{onTokens | onExcess, onTokens | onInput | onLimit},
		not: onRate | onMoney | onQuota | onPeriod | onMedia | onOutput},
	{kind: ModelNotFound, about: []concept{onModel | onAbsent}, but: onPart, not: onLater, phrases: []string{
		"invalid model", "unsupported model", "no such model", "unknown model", "not a valid model",
		"does not exist or you do not have access", "is not found for api version", "no endpoints found",
		"has been decommissioned", "try pulling it first",
	}},
	{kind: InvalidRequest, phrases: []string{
		"malformed config", "previous response with id", "item with id",
	}},
	// So that what such a complaint quotes is not asked.
	{kind: InvalidRequest, despite: true, about: []concept{onPart | onWrong}},
	{kind: Server, retryable: true, despite: true, about: []concept{onUpstream | onCut}, phrases: []string{
		// NVIDIA's word for a model whose workers are down, in a 400.
		"degraded function",
		"closed connection", "connection reset", "connection refused",
	}},
	{kind: Permission, statuses: []int{403}, phrases: []string{
		"forbidden", "permission denied", "permission error", "access denied", "not have permission",
		"provider disabled", "unsupported country", "available in your country",
		"available in your region", "无权", "权限",
	}},
	{kind: Overloaded, retryable: true, unless: 429, phrases: []string{
		"no available", "saturated", "high load", "heavy load", "is loading", "warming up", "not ready",
		"繁忙", "负载", "饱和", "拥挤", "无可用",
	}},
	{kind: RateLimit, retryable: true, statuses: []int{429}, about: []concept{onRate}},

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
		"invalid request", "bad request", "invalid argument", "invalid param", "invalid value", "missing required", "参数",
	}},

	{step: byEngine},

	{kind: Timeout, retryable: true, phrases: []string{
		"timeout", "timed out", "time out", "deadline exceeded", "deadline expired", "etimedout", "超时",
	}},
	// A wrong address or certificate looks the same at the next attempt.
	{kind: Network, phrases: []string{"no such host", "enotfound", "certificate"}},
	{kind: Network, retryable: true, phrases: []string{
		"connection reset", "connection refused", "connection error", "connection closed",
		"connection was closed", "connection aborted", "connection broken", "connection lost",
		"eof", "broken pipe", "socket hang up", "premature close", "unexpected end of file",
		"econnreset", "econnrefused", "econnaborted", "epipe", "enetunreach", "ehostunreach",
		"eai again", "temporary failure in name resolution", "server misbehaving",
		"unreachable", "no route to host", "forcibly closed by the remote host",
		"actively refused", "server closed idle connection", "server disconnected",
		"incomplete chunked read", "upstream connect error", "error decoding response body",
	}},
	{kind: Server, retryable: true, about: []concept{onUpstream | onCut, onUpstream | onFails, onStream | onCut, onStream | onFails},
		phrases: []string{
			"server error", "internal error", "server had an error", "unavailable", "bad gateway",
			"no healthy upstream", "you can retry your request", "provider disconnected", "provider returned error",
			"网络错误",
		}},
}

// verdict is what the rules say about a text and a status.
type verdict struct {
	kind      Kind
	retryable bool
	// row is the index of the rule that decided, len(rules) where none did.
	row int
}

// presumed reports whether the verdict rests on a status that nobody knows.
func (v verdict) presumed(status int) bool {
	return v.retryable && v.row < len(rules) && rules[v.row].step == byStatus && UnknownStatus(status)
}

// judge finds the first rule that matches. Status 0 means that none is known.
func judge(text string, status int) verdict {
	w := ReadWords(text)
	if w.quoted {
		own := readWords(text, true)
		if v := own.judge(status); v.row < len(rules) && rules[v.row].step != byStatus {
			return v
		}
	}
	return w.judge(status)
}

func (w *Words) judge(status int) verdict {
	topics := w.topics()
	for i := range rules {
		r := &rules[i]
		switch r.step {
		case byStatus:
			if status != 0 {
				kind, retryable := StatusKind(status)
				return verdict{kind, retryable, i}
			}
		case byEngine:
			if m := engineSays(w); m != nil {
				return verdict{m.kind, m.retryable, i}
			}
		default:
			if r.matches(w, topics, status) {
				return verdict{r.kind, r.retryable, i}
			}
		}
	}
	return verdict{Unknown, false, len(rules)}
}

func (r *rule) matches(w *Words, topics []concept, status int) bool {
	// A provider's complaint about a request quotes it: a tool called
	// get_rate_limit must not have a 400 retried.
	if r.despite && !blames(status) || r.retryable && !r.despite && blames(status) {
		return false
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
	return r.isAbout(topics) || w.hasAny(r.phrases)
}

// isAbout reports whether a sentence is about what the rule is.
func (r *rule) isAbout(topics []concept) bool {
	var all concept
	for _, topic := range topics {
		all |= topic
	}
	if all&r.not != 0 {
		return false
	}
	for _, topic := range topics {
		for _, about := range r.about {
			if topic&about == about && topic&r.but == 0 {
				return true
			}
		}
	}
	return false
}

// blames reports whether a status says that the request is at fault.
func blames(status int) bool {
	if status < 400 || status > 499 {
		return false
	}
	_, again := StatusKind(status)
	return !again
}
