package provider

import (
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/ascii"
)

// Response is what is known of an HTTP response that is not a stream to read.
type Response struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Header returns a header's value by its lower-case name, "" where it is absent
	// or hidden by CORS. May be nil.
	Header func(name string) string
	// Body is the start of the body; only its first MaxErrorBody bytes are looked at.
	Body []byte
}

func (r Response) header(name string) string {
	if r.Header == nil {
		return ""
	}
	return r.Header(name)
}

// Judge returns what an error response means. now is needed for delays given as a
// date, which count from the response's own Date where that can be read.
//
// Where signals disagree, the most specific one wins:
//
//  1. wording that means one thing only at the provider that uses it ("request
//     too large": no wait helps, although the code says rate_limit_exceeded);
//  2. a code or type that means one thing only (insufficient_quota,
//     context_length_exceeded, overloaded_error, ...);
//  3. an HTTP status that the provider gives a meaning of its own;
//  4. what all is said, codes that nobody knows included, together with the
//     status, by the rules of failure.ServerText: words about the model or the context
//     beat the status, and a 429 beats words about quota;
//  5. the status alone;
//  6. a type that says little (rate_limit_error, invalid_request_error, api_error);
//  7. where it failed: an error inside a reply that had been accepted is presumed
//     to be the server's.
//
// A gateway's 400, 500 or 502 counts less than a status inside the body that says
// otherwise about another attempt, its 500 or 502 less than one that its sentences name.
// The header x-should-retry then overrides whether to retry, because it is the
// provider's own word on exactly that.
func (p Provider) Judge(res Response, now time.Time) failure.Failure {
	res.Body = clip(res.Body)
	body, ok := parseErrorBody(res.Body)
	if !ok && !looksLikeMarkup(res.Body) {
		body.message = string(res.Body)
	}
	if at, ok := parseDate(res.header("date")); ok {
		now = at
	}
	f := p.judgeAt(res, body, now)
	if d := headerDelay(res.header, now); d > 0 {
		f.RetryAfter = d
	} else if f.RetryAfter == 0 && f.Kind == failure.RateLimit {
		f.RetryAfter = resetDelay(res.header, now)
	}
	switch ascii.ToLower(strings.TrimSpace(res.header("x-should-retry"))) {
	case "true":
		f.Retryable, f.Presumed = true, false
	case "false":
		f.Retryable, f.Presumed = false, false
	default:
		return f
	}
	return p.sign(f)
}

// judge judges an error object from inside a stream.
func (p Provider) judge(res Response, body errorBody) failure.Failure {
	return p.judgeAt(res, body, time.Now())
}

func (p Provider) judgeAt(res Response, body errorBody, now time.Time) failure.Failure {
	status := res.StatusCode
	if status < 400 && body.status != 0 || isWrapping(status, body.status) {
		status = body.status
	}
	said := strings.Join(append([]string{body.message}, body.around...), "\n")
	said = said[:min(len(said), maxSaid)]
	if status >= 500 && (body.status == 0 || body.status == status) {
		// A gateway's complaint about what it was answered. What is said with a 400 quotes the request.
		if within := failure.NamedStatus(said); isFinal(within) && isWrapping(status, within) {
			status = within
		}
	}
	v := p.rule(status, &body, said)
	f := failure.New(v.kind, v.status)
	if v.byText {
		f.Retryable = v.retryable
	}
	f.Presumed = v.presumed
	if res.StatusCode >= 400 {
		f.StatusCode = res.StatusCode
	}
	f.Detail = failure.Detail(body.message)
	if f.Detail == "" && len(body.codes) > 0 {
		f.Detail = failure.Detail(body.codes[0])
	}
	if f.RetryAfter = bodyDelay(body, now); f.RetryAfter == 0 {
		f.RetryAfter = textDelay(ascii.ToLower(said), now)
	}
	return p.sign(f)
}

// maxSaid is how much of the sentences is judged, in bytes.
const maxSaid = 16 << 10

// isWrapping reports whether a gateway has put a status of its own around the one
// that it was given, which says otherwise about another attempt.
func isWrapping(status, within int) bool {
	return within != 0 && (status == 400 || status == 500 || status == 502) &&
		failure.StatusCodeRetryable(within) != failure.StatusCodeRetryable(status)
}

// ruling is a verdict before it becomes a failure.
type ruling struct {
	// kind is the failure's.
	kind failure.Kind
	// status is the failure's, 0 for none.
	status int
	// byText: what was said decides whether to retry, rather than the kind.
	byText bool
	// retryable is that decision.
	retryable bool
	// presumed is the failure's Presumed.
	presumed bool
}

// rule judges by phrases, codes and status; said are the sentences, the innermost
// first.
func (p Provider) rule(status int, body *errorBody, said string) ruling {
	if kind := p.phrase(said); kind != "" {
		return ruling{kind: kind, status: status}
	}
	switch {
	case p.def != nil && p.def.refine != nil:
		p.def.refine(body)
	case len(body.quotas) > 0: // Google's, passed on
		refineGoogle(body)
	}
	var weak *code
	unknown := ""
	for _, text := range body.codes {
		c := p.lookUp(text)
		if c == nil || c.weak && c.text == "" {
			// Nobody's code, but it is made of words.
			unknown += text[:min(len(text), 100)] + "\n"
		}
		switch {
		case c == nil:
		case c.weak:
			if weak == nil {
				weak = c
			}
		case c.kind == failure.Server && isFinal(status) && status != c.status:
			// A code for a server's fault with a 401 is about the key.
		case c.kind == failure.UsageLimit && text != dailyQuota && strings.Contains(text, "quota") && speaksOfRate(said):
			return ruling{kind: failure.RateLimit, status: status}
		case status < 400:
			return ruling{kind: c.kind, status: c.status}
		default:
			return ruling{kind: c.kind, status: status}
		}
	}
	if p.def != nil {
		for _, own := range p.def.statuses {
			if own.status == status {
				return ruling{kind: own.kind, status: status}
			}
		}
	}
	of := max(status, 0)
	if of < 400 && weak != nil && (weak.kind == failure.RateLimit || weak.kind == failure.Permission) {
		of = weak.status // so that words mean what they mean with a 429 or a 403
	}
	v := ruling{byText: true}
	v.kind, v.retryable, v.status = failure.ServerText(said+"\n"+unknown, of)
	v.presumed = v.retryable && failure.UnknownStatus(v.status)
	if v.kind == failure.RateLimit && status == 429 {
		// Sentences say quota when they mean a rate; a code does not.
		if kind, _, _ := failure.ServerText(unknown, 0); kind == failure.UsageLimit && !speaksOfRate(said) {
			return ruling{kind: kind, status: status}
		}
	}
	switch {
	case weak != nil && (v.kind == failure.Unknown || v.kind == weak.kind && v.status == 0 || v.retryable && weak.kind == failure.RateLimit):
		if status < 400 {
			status = weak.status
		}
		return ruling{kind: weak.kind, status: status}
	case v.kind == failure.Unknown && status < 300:
		return ruling{kind: failure.Server, presumed: true}
	}
	return v
}

// speaksOfRate reports whether sentences, or a link in them, speak of a limit a
// minute: with DashScope, insufficient_quota means one.
func speaksOfRate(said string) bool {
	words := failure.ReadWords(said)
	for _, phrase := range [...]string{"per min", "requests per", "tokens per", "rpm", "tpm", "qps"} {
		if words.Has(phrase) {
			return true
		}
	}
	return strings.Contains(said, "rate-limit") || strings.Contains(said, "token-limit")
}

// isFinal reports whether a status says that the same request fails again.
func isFinal(status int) bool {
	return status >= 400 && status < 500 && !failure.StatusCodeRetryable(status)
}

// phrase returns the kind of the first wording in sentences that means one thing
// only, "" where there is none. Those of all providers count, because gateways pass
// on what they were answered.
func (p Provider) phrase(said string) failure.Kind {
	words := failure.ReadWords(said)
	for _, d := range definitions {
		for i := range d.phrases {
			if words.Has(d.phrases[i].text) {
				return d.phrases[i].kind
			}
		}
	}
	return ""
}

// lookUp returns the code of that text, nil where nobody knows it: the provider's own
// sense goes first, then the common one, then that of any other provider, because
// gateways pass on what they were answered.
func (p Provider) lookUp(text string) *code {
	if number, ok := strings.CutPrefix(text, baseResp); ok {
		for _, d := range definitions {
			if d.id == "minimax" {
				return find(d.codes, number)
			}
		}
		return nil
	}
	if p.def != nil {
		if w := find(p.def.codes, text); w != nil {
			return w
		}
	}
	if w := find(commonCodes, text); w != nil {
		return w
	}
	if isDigit(text[0]) {
		return nil // numbers mean other things elsewhere
	}
	for _, d := range definitions {
		if w := find(d.codes, text); w != nil {
			return w
		}
	}
	if made, ok := strings.CutPrefix(text, madePrefix); ok {
		if w := codesOf(failure.Kind(made)); string(w.kind) == made {
			return &code{kind: w.kind}
		}
	}
	if strings.HasPrefix(text, "invalid_") || strings.HasPrefix(text, "unsupported_") {
		return &code{kind: failure.InvalidRequest, weak: true}
	}
	return nil
}
