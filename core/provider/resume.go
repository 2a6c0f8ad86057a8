package provider

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/internal/resume"
	"github.com/retrystream/retrystream/core/sse"
)

// failureLost is what an answer that is no continuation counts as.
const failureLost = failure.Truncated

// Resume describes how to ask for the rest of a reply that broke off. All of it is
// made of what the server sent and is safe to send back.
type Resume = resume.Request

// TrackResume makes the reader note what Resume needs, from the first event on.
// It costs some time for each event, unless the stream turns out to be one that
// cannot be resumed.
func (r *Reader) TrackResume() { r.track = resume.New() }

// Resume reports whether the reply that broke off after the last event read can be
// continued, and how. It is false without TrackResume, after an error of the
// provider's own, after an answer that was no continuation, and whenever
// anything about the ids or numbers of the events is odd; then only a new start
// helps.
//
// The last event of a body that lacks its blank line should not be read where
// Resume is wanted: its id may be cut short.
func (r *Reader) Resume() (u Resume, ok bool) {
	if r.track == nil || r.complete || r.failed != nil {
		return Resume{}, false
	}
	return r.track.Request(r.provider.dialect)
}

// NewResumed returns a reader for the answer to the request that Resume describes.
// It goes on where r stands and leaves r as it is. Events that r has read
// already come with Signal.Skip; an answer that starts the reply over from its
// first event with Signal.Restarted; one that is no continuation fails, and
// Resume is false from then on. Until the answer has brought something new, Resume
// asks for the same again.
func (r *Reader) NewResumed() *Reader {
	n := r.provider.NewReader()
	if _, ok := r.Resume(); ok {
		n.confirmed, n.announced, n.understood = r.confirmed, r.announced, r.understood
		n.state, n.unquoter, n.facts = r.state, r.unquoter, r.facts.clone()
		n.track = r.track.Resumed()
		return n
	}
	n.TrackResume()
	if r.facts != nil {
		n.WantFacts()
	}
	return n
}

// readTracked is look for a reader that tracks.
func (r *Reader) readTracked(ev sse.Event, whole bool) {
	t, d := r.track, r.provider.dialect
	if t.Waiting() && dialect.IsDone(ev.Data) {
		// What was asked for is missing: this may be the end of another reply.
		r.lost()
		return
	}
	p := t.Place(d, ev, &r.fact.Place)
	switch t.Join(p, d) {
	case resume.Skipped:
		r.signal = Signal{Skip: true}
		return
	case resume.Lost:
		r.lost()
		return
	case resume.Restarted:
		r.state, r.unquoter = state{tools: r.tools}, jsonscan.Unquoter{}
		if r.facts != nil {
			r.WantFacts()
		}
		t = resume.New()
		r.track, p = t, t.Place(d, ev, &r.fact.Place)
		whole = r.parse(ev) // now everything counts again
		r.look(ev, whole)
		r.signal.Restarted = true
	default:
		r.look(ev, whole)
	}
	s := &r.signal
	if s.Failure != nil {
		t.Fail(s.damaged)
	} else if !t.Follow(p, d, s.Progress, s.Done) {
		r.lost()
	}
	if t.Useless() {
		r.track = nil
	}
}

// lost fails the attempt, for its answer is not what was asked for.
func (r *Reader) lost() {
	r.track.Fail(false)
	r.complete, r.text = false, r.text[:0]
	f := r.provider.Failure(failureLost, 0)
	f.Detail = "the answer does not continue the reply that broke off"
	r.signal = Signal{Failure: &f, Unreported: true}
}
