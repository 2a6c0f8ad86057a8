package failure

import (
	"context"
	"errors"
	"strings"
)

// Classify returns what went wrong and whether another try can help; for nil the
// zero Failure.
//
// An [Error] in the chain is taken as is. Otherwise the evidence is, in this
// order: context.DeadlineExceeded and context.Canceled in the chain; a method
// StatusCode() int or HTTPStatusCode() int of an error in the chain; a status in
// the text; what the numbers of the operating system and the types of packages
// net, tls and x509 in the chain say; codes, such as ENOTFOUND, and sentences that
// one library writes for one situation; the words of the text. The chain is read
// through wrapping and joining, even where a wrapper hides the text of what it
// wraps. How words are weighed is written down with the rules of this package.
//
// What nothing is known of is Unknown and not retryable: an error without a place
// may be anything. See [ClassifyAttempt].
//
// The Failure has no provider; see [Failure.WithProvider].
func Classify(err error) Failure { return classify(err, false) }

// ClassifyAttempt is [Classify] for the error that an attempt to reach a provider,
// or the reading of its reply, ended with. The place says something about an error
// that nothing else is known of: it is presumed to be of the network and to pass,
// so it is Retryable and Presumed, unless it is a program's own mistake.
func ClassifyAttempt(err error) Failure { return classify(err, true) }

func classify(err error, attempt bool) Failure {
	if err == nil {
		return Failure{}
	}
	if own, ok := errors.AsType[*Error](err); ok && own != nil {
		return own.Failure
	}
	text := err.Error()
	var e evidence
	e.read(err, text)
	if e.deadline {
		return verdict{kind: Timeout}.failure(e.statusIn(text), text)
	}
	all := text
	if e.hidden != "" {
		all = e.hidden + "\n" + text
	}
	f := unknown
	if e.status == 0 {
		if f = proxyIn(text, attempt).stronger(proxyIn(e.hidden, false)); f == unknown {
			e.status = e.statusIn(text)
		}
	}
	if e.status == 0 && f == unknown {
		if f = e.fact; f == unknown {
			f = factIn(all)
		}
		if f == unknown {
			f = firstSaid(requestSayings, all)
		}
	}
	made := Failure{}
	if f != unknown {
		made = f.failure(text)
	} else {
		made = judgeText(all, e.status).failure(e.status, text)
		if made.Kind == Unknown && e.status == 0 && attempt && !isMistake(err, text) {
			made = unclear.failure(text)
		}
	}
	// A cancellation explains a lost connection; it explains no used-up quota.
	if e.status == 0 && (made.Retryable || made.Kind == Unknown) && errors.Is(err, context.Canceled) {
		return verdict{kind: Canceled}.failure(0, text)
	}
	return made
}

// judgeText judges by words: those of the rules, and where they know none and no
// status came with them, those about a broken connection.
func judgeText(text string, status int) verdict {
	v := judge(text, status)
	if v.kind == Unknown && status == 0 {
		if f := brokenIn(text); f != unknown {
			v = verdict{kind: factKinds[f], retryable: f.retryable()}
		}
	}
	return v
}

// IsRetryable reports whether another try can help; false for nil.
func IsRetryable(err error) bool { return Classify(err).Retryable }

// Text classifies the text of an error. Status is the HTTP status that came
// with it; 0, or one that is no failure, means that the text is searched for
// one. An empty text leaves the decision to the status.
func Text(text string, status int) Failure {
	if !failed(status) {
		status = statusInText(beginning(text))
	}
	if status == 0 {
		if f := factIn(text); f != unknown {
			return f.failure(text)
		}
	}
	return judgeText(text, status).failure(status, text)
}

// failure makes the Failure that the verdict describes.
func (v verdict) failure(status int, text string) Failure {
	return Failure{
		Kind:       v.kind,
		StatusCode: status,
		Retryable:  v.retryable,
		Presumed:   v.presumed(status),
		Detail:     Detail(text),
	}.WithProvider("", "")
}

// evidence is what the types in an error's chain tell.
type evidence struct {
	// status is the first failed HTTP status that an error carries, or 0.
	status int
	// deadline is set where context.DeadlineExceeded itself is in the chain.
	// errors.Is would not do: the timeouts of package net claim to be one.
	deadline bool
	// fact is what the types of the errors say.
	fact fact
	// hidden is text that the outermost error's text does not contain.
	hidden string
}

// read gathers the evidence of err and of what it wraps.
func (e *evidence) read(err error, text string) {
	if err == context.DeadlineExceeded {
		e.deadline = true
	}
	if e.status == 0 {
		if code := statusOf(err); failed(code) {
			e.status = code
		}
	}
	e.fact = e.fact.stronger(typeFact(err))
	if t, ok := err.(interface{ Timeout() bool }); ok && t.Timeout() {
		e.add("timeout", text)
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		if inner := wrapper.Unwrap(); inner != nil {
			e.add(inner.Error(), text)
			e.read(inner, text)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			if inner != nil {
				e.add(inner.Error(), text)
				e.read(inner, text)
			}
		}
	}
}

// statusIn returns the status that an error carries or its text names, 0 for none.
func (e *evidence) statusIn(text string) int {
	status := e.status
	if status == 0 {
		status = statusInText(beginning(text))
	}
	if status == 0 && e.hidden != "" {
		status = statusInText(beginning(e.hidden))
	}
	return status
}

func (e *evidence) add(inner, text string) {
	if !strings.Contains(text, inner) && !strings.Contains(e.hidden, inner) {
		if e.hidden != "" {
			e.hidden += "\n"
		}
		e.hidden += inner
	}
}

func statusOf(err error) int {
	switch s := err.(type) {
	case interface{ StatusCode() int }:
		return s.StatusCode()
	case interface{ HTTPStatusCode() int }:
		return s.HTTPStatusCode()
	}
	return 0
}
