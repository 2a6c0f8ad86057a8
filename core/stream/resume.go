package stream

import "github.com/retrystream/retrystream/core/failure"

// Resume is the request for the rest of a reply that broke off.
type Resume struct {
	// URL is where to send it.
	URL string
	// Method is the HTTP method; empty for that of the first request.
	Method string
	// KeepBody: the first request's body is sent again. Without it there is none, and
	// no Content-Type.
	KeepBody bool
	// HeaderName is the name of a header to set, empty for none.
	HeaderName string
	// HeaderValue is its value.
	HeaderValue string
}

// prepare chooses where the attempt begins.
func (a *Attempt) prepare() {
	s := a.stream
	if rest := s.reply.begin(); rest != nil {
		a.reader, a.resume = rest.reader.NewResumed(), &rest.resume
		return
	}
	a.reader = s.target.provider.NewReader()
	if s.opts.Facts {
		a.reader.WantFacts()
	}
	if s.opts.Partial == PartialResume {
		a.reader.TrackResume()
	}
}

// rest returns how to ask for the rest of the reply now, nil if that cannot be.
func (a *Attempt) rest() *rest {
	if a.stream.opts.Partial != PartialResume {
		return nil
	}
	u, ok := a.reader.Resume()
	if !ok {
		return nil
	}
	url, ok := u.URL(a.stream.target.url)
	if !ok {
		return nil
	}
	return &rest{a.reader, Resume{
		URL: url, Method: u.Method, KeepBody: u.KeepBody, HeaderName: u.HeaderName, HeaderValue: u.HeaderValue,
	}}
}

// settle notes how a failed attempt is followed: from where it broke, or from
// the beginning.
func (a *Attempt) settle() {
	p := &a.stream.reply
	p.gained = false
	if a.err == nil || !p.breakOff(a.rest()) {
		return
	}
	p.gained = a.clocks.everProgressed()
	if a.resume == nil || p.gained {
		p.cut = a.err
	}
	if a.refused() {
		// The server may no longer know it.
		f := failure.Classify(a.err)
		a.err = &failure.Error{Failure: a.failure(failure.Truncated, f.StatusCode), Cause: a.err}
		p.revoke()
	}
}

// refused reports whether the request for the rest of the reply was refused.
func (a *Attempt) refused() bool {
	f := failure.Classify(a.err)
	if a.resume == nil || f.Retryable {
		return false
	}
	switch f.Kind {
	case failure.InvalidRequest, failure.ModelNotFound, failure.Unknown, failure.Blocked:
		return true
	}
	return false
}
