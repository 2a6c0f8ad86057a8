package provider

import (
	"bytes"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// judgeEvent judges an event that fails the reply; nil means that it does not.
func (r *Reader) judgeEvent(ev sse.Event) *failure.Failure {
	f := &r.fact
	var verdict *failure.Failure
	switch {
	case f.Error != nil:
		var said bool
		if verdict, said = r.reported(ev); f.Failed && !said {
			verdict = nil
		}
	case f.Refused && r.seen == 0:
		verdict = r.fail(failure.ContentFilter)
	case f.Canceled:
		verdict = r.fail(failure.Canceled)
	case f.Finish != nil:
		verdict = r.finishedWith(f.Finish)
	}
	if r.failed != nil && (verdict == nil || verdict.Kind == failure.Unknown) {
		return r.failed // nothing more is said
	}
	if f.Failed && verdict == nil {
		r.failed = r.fail(failure.Server)
	}
	return verdict
}

// reported judges an error that came inside the stream. said reports whether it has
// anything to judge by.
func (r *Reader) reported(ev sse.Event) (verdict *failure.Failure, said bool) {
	body, said := parseErrorBody(r.fact.Error)
	if data := clip(ev.Data); !said && len(data) > 0 && data[0] != '{' {
		body.message = string(data) // a sentence, in an event of that name
	}
	if text := r.fact.ErrorText; text != nil {
		body.message, said = string(jsonscan.Unquote(nil, text)), true
	}
	if bytes.HasPrefix(ev.Type, []byte(madePrefix)) {
		body.codes = append(body.codes, string(ev.Type))
	}
	f := r.provider.judge(Response{}, body)
	return &f, said
}

// Whole reports whether an event that the stream's end cut off before its blank
// line can count: its data must parse to the end.
func Whole(ev sse.Event) bool {
	return dialect.IsDone(ev.Data) || jsonscan.Valid(ev.Data)
}

// readGeneric looks at an event of a stream that no dialect claims: only an
// error and [DONE] mean something there.
func (r *Reader) readGeneric(ev sse.Event) {
	s := &r.signal
	r.fact.Error, r.fact.ErrorText = ev.Data, nil
	data := bytes.TrimSpace(ev.Data)
	switch {
	case dialect.IsDone(ev.Data):
		r.complete = r.content
		s.Done = true
	case dialect.IsError(ev):
		if s.Failure, _ = r.reported(ev); s.Failure.Kind == failure.Unknown && data[0] == '{' && !jsonscan.Valid(data) {
			s.Failure = r.malformed(ev) // half an event, and an error joined to it
		}
	case data[0] == '{' && !jsonscan.Valid(data) ||
		bytes.HasPrefix(data, []byte("data:")) || bytes.HasPrefix(data, []byte("event:")):
		s.Failure = r.malformed(ev)
	default:
		r.content = true
		s.Progress = true
	}
	s.Content = r.content
}

// malformed judges an event that is not what the dialect sends. After good
// events the stream was damaged and another attempt helps; a stream that starts
// like this is something else altogether.
func (r *Reader) malformed(ev sse.Event) *failure.Failure {
	r.signal.damaged, r.signal.Unreported = true, true
	data := clip(ev.Data)
	f := r.provider.Failure(failure.Truncated, 0)
	if len(data) == 0 || data[0] != '{' {
		// A sentence, such as a proxy's. Half of an event is not asked: it holds the
		// reply's own words.
		if said := r.provider.judgeSentence(data); said.Kind != failure.Unknown || !r.understood {
			f = said
		}
	}
	return &f
}

// fail makes a failure that an event only names by its kind.
func (r *Reader) fail(kind failure.Kind) *failure.Failure {
	f := r.provider.Failure(kind, 0)
	return &f
}
