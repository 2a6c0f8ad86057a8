package failure

import (
	"context"
	"errors"
	"strings"
)

// Classify says what went wrong and whether another try can help. Nil gives
// the zero Failure.
//
// An [Error] in the chain is taken as is. Otherwise the evidence is, in this
// order: context.DeadlineExceeded and context.Canceled in the chain; a method
// StatusCode() int or HTTPStatusCode() int of an error in the chain; the text.
// The chain is read through wrapping and joining, even where a wrapper hides
// the text of what it wraps. How the evidence is weighed is written down with
// the rules of this package.
//
// The Failure has no provider; see [Failure.WithProvider].
func Classify(err error) Failure {
	if err == nil {
		return Failure{}
	}
	if own, ok := errors.AsType[*Error](err); ok && own != nil {
		return own.Failure
	}
	text := err.Error()
	var e evidence
	e.read(err, text)
	if e.status == 0 {
		e.status = statusInText(beginning(text))
	}
	if e.status == 0 && e.hidden != "" {
		e.status = statusInText(beginning(e.hidden))
	}
	all := text
	if e.hidden != "" {
		all = e.hidden + "\n" + text
	}
	v := judge(all, e.status)
	switch {
	case e.deadline:
		v = verdict{kind: Timeout}
	case e.status == 0 && (v.retryable || v.kind == Unknown) && errors.Is(err, context.Canceled):
		// A cancellation explains a lost connection; it explains no used-up quota.
		v = verdict{kind: Canceled}
	}
	return v.failure(e.status, text)
}

// IsRetryable tells whether another try can help; false for nil.
func IsRetryable(err error) bool { return Classify(err).Retryable }

// Text classifies the text of an error. Status is the HTTP status that came
// with it; 0, or one that is no failure, means that the text is searched for
// one. An empty text leaves the decision to the status.
func Text(text string, status int) Failure {
	if !failed(status) {
		status = statusInText(beginning(text))
	}
	return judge(text, status).failure(status, text)
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
