package stream

import "github.com/retrystream/retrystream/core/failure"

// Resume is the request for the rest of a reply that broke off.
type Resume struct {
	// URL is where to send it.
	URL string
	// Method is the HTTP method; empty for that of the first request.
	Method string
	// KeepBody tells whether the first request's body is sent again. Without it
	// there is none, and no Content-Type.
	KeepBody bool
	// HeaderName and HeaderValue are a header to set; empty for none.
	HeaderName, HeaderValue string
}

// Resume returns the request for the rest of the reply, nil if the attempt starts
// it from its beginning. It is nil unless Options say PartialResume.
func (a *Attempt) Resume() *Resume { return a.resume }

// prepare chooses where the attempt begins.
func (a *Attempt) prepare() {
	s := a.stream
	if s.broken != nil {
		if u, ok := s.broken.Resume(); ok {
			if url, ok := u.URL(s.url); ok {
				a.reader = s.broken.NewResumed()
				a.resume = &Resume{URL: url, Method: u.Method, KeepBody: u.KeepBody, HeaderName: u.HeaderName, HeaderValue: u.HeaderValue}
				return
			}
		}
		s.startOver()
	}
	a.reader = s.provider.NewReader()
	if s.opts.Facts {
		a.reader.WantFacts()
	}
	if s.opts.Partial == PartialResume {
		a.reader.TrackResume()
	}
}

// canResume reports whether the rest of the reply could be asked for now.
func (a *Attempt) canResume() bool {
	if a.stream.opts.Partial != PartialResume {
		return false
	}
	u, ok := a.reader.Resume()
	if ok {
		_, ok = u.URL(a.stream.url)
	}
	return ok
}

// settle says how a failed attempt is followed: from where it broke, or from
// the beginning.
func (a *Attempt) settle() {
	s := a.stream
	s.gained = false
	switch {
	case a.err == nil:
	case a.canResume() && s.shown == part:
		s.broken = a.reader
		s.gained = a.clocks.everProgressed()
		if a.resume == nil || s.gained {
			s.cut = a.err
		}
		a.refused()
	default:
		s.startOver()
	}
}

// refused has the reply start over where the request for its rest was refused:
// the server may no longer know it.
func (a *Attempt) refused() {
	f := failure.Classify(a.err)
	if a.resume == nil || f.Retryable {
		return
	}
	switch f.Kind {
	case failure.InvalidRequest, failure.ModelNotFound, failure.Unknown, failure.Blocked:
		lost := a.failure(failure.Truncated, f.StatusCode)
		a.err = &failure.Error{Failure: lost, Cause: a.err}
		a.stream.startOver()
	}
}
