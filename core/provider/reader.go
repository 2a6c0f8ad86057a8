package provider

import (
	"bytes"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// dialect is one streaming API.
type dialect struct {
	// lines means that the body is one JSON object a line, no event stream.
	lines bool
	// path tells whether requests to this URL path speak the dialect.
	path func(path string) bool
	// opens tells whether a stream that starts with this event speaks it.
	opens func(ev sse.Event, keys topLevel) bool
	// failing is the event by which a stream in the dialect fails, see errorEvent. It
	// is such that the provider's own SDKs raise an error. If alone is set, one of
	// them does so only where that comes first, in a chunk of its own.
	failing, alone string
	// read looks at one event. It returns false when the event's data is not
	// whole JSON.
	read func(r *Reader, ev sse.Event, s *Signal) (ok bool)
	// place tells where an event stands in its reply. May be nil.
	place func(ev sse.Event, p *place)
	// way is how the rest of a reply is asked for; if it is the reply itself that
	// is asked, collection is the end of the path that it is under.
	way        way
	collection string
}

// Signal is what one event means.
type Signal struct {
	// Text is the reply text that the event adds, often empty. It is valid until
	// the next Read.
	Text []byte
	// Progress tells that the model got further; false for pings and openings.
	Progress bool
	// Content tells that the reply has brought something to show by now: text,
	// reasoning, a tool call's name or arguments; or that it is complete. Events
	// before it only open the reply.
	Content bool
	// Done tells that nothing of use follows: reading can stop.
	Done bool
	// Void tells that the event came after the end, broken or an error: it is no
	// part of the reply.
	Void bool
	// Failure is set when the event is an error: the attempt has failed.
	Failure *failure.Failure
	// Skip tells that the event was handed out in an earlier attempt: nothing of
	// it is to be handed on. Only in a reader made by NewResumed.
	Skip bool
	// Restarted tells that the answer is not the rest of the reply but a new one
	// from its beginning, of which this is the first event: all that came before is
	// void. Only in a reader made by NewResumed.
	Restarted bool

	// Unreported tells of a Failure that the event does not say of itself that it is
	// one: it is damaged, is not what was asked for, or has a reason to finish that
	// means a failure.
	Unreported bool

	// damaged: the event is not what its server meant to send.
	damaged bool
}

// Reader looks at the events of one attempt, in order.
type Reader struct {
	provider Provider
	// confirmed: an event has shown which dialect it is.
	confirmed bool
	// content: the reply has brought something to show. complete: it has ended by
	// its provider's own signal.
	content, complete bool
	// events counts what was read, understood what was JSON as it should be.
	events, understood int
	// choices seen and finished, a bit each; only for dialects that number them.
	seen, finished uint64
	tools          tools
	// track is nil unless the stream may have to be resumed.
	track *tracker

	// signal and text are used again for each event, so that reading allocates
	// nothing.
	signal   Signal
	text     []byte
	unquoter jsonscan.Unquoter

	template template
	// Of the event read last: its data, the values in it that nobody read, how
	// many texts were taken from it and where the last of them stands.
	data     []byte
	unread   []jsonscan.Span
	texts    int
	textSpan jsonscan.Span
	// plain: all that it meant was progress and perhaps text.
	plain bool
}

// NewReader gives a reader for one attempt's stream.
func (p Provider) NewReader() *Reader {
	// As much as most providers' events take, at once.
	const usual = 12
	r := &Reader{provider: p, unread: make([]jsonscan.Span, 0, usual)}
	open := make([]opening, 3*usual)
	t := &r.template
	t.open, t.spare, t.cuts = open[:0:usual], open[usual:usual:2*usual], open[2*usual:2*usual]
	return r
}

// Provider is who the reader believes it reads: Find's answer, or what the
// events told since.
func (r *Reader) Provider() Provider { return r.provider }

// Complete tells whether the reply is whole: its provider's end signal was seen.
func (r *Reader) Complete() bool { return r.complete }

// MayEnd tells whether the reply is whole if its body now ends cleanly: Complete,
// or any event at all in a stream of an unknown kind, which has no other end.
func (r *Reader) MayEnd() bool {
	return r.complete || r.provider.dialect == nil && r.events > 0
}

// Read looks at the next event.
func (r *Reader) Read(ev sse.Event) Signal {
	if r.track != nil {
		r.signal, r.plain = Signal{}, false
		r.readTracked(ev)
	} else {
		r.look(ev)
	}
	return r.signal
}

// look reads an event into r.signal.
func (r *Reader) look(ev sse.Event) {
	r.text, r.unread, r.texts = r.text[:0], r.unread[:0], 0
	r.data, r.plain = ev.Data, false
	r.signal = Signal{Content: r.content}
	r.events++
	s := &r.signal
	if isHeartbeat(ev) {
		return
	}
	seen, finished, content, complete, tools := r.seen, r.finished, r.content, r.complete, r.tools
	if !r.confirmed {
		r.recognise(ev)
	}
	d := r.provider.dialect
	if d == nil {
		r.readGeneric(ev, s)
		return
	}
	if d.read(r, ev, s) {
		r.understood++
	} else if s.Failure == nil {
		s.Failure = r.malformed(ev)
	}
	if s.Failure != nil && s.Failure.Kind == failure.Unknown && !Whole(ev) {
		s.Failure = r.malformed(ev)
	}
	switch {
	case s.Failure == nil:
	case complete:
		// What comes after the end is no longer the reply's.
		*s = Signal{Done: true, Void: true}
		r.complete, r.text = true, r.text[:0]
	default:
		// A damaged end is none.
		r.complete, s.Done = false, false
	}
	s.Text = r.text
	r.content = r.content || r.complete
	s.Content = r.content
	if content != r.content || seen != r.seen || finished != r.finished || complete != r.complete || tools != r.tools {
		// From now on an event may mean something else than it did.
		r.forget()
		return
	}
	r.plain = s.Progress && s.Content && !s.Done && s.Failure == nil && r.track == nil
}

// shows notes a member that a reader may show, whatever it is. Once there was
// content, nothing depends on such a member.
func (r *Reader) shows(c *jsonscan.Cursor) {
	if !r.content {
		r.content = isPresent(c)
	}
}

// Whole tells whether an event that the stream's end cut off before its blank
// line can count: its data must parse to the end.
func Whole(ev sse.Event) bool {
	return isDone(ev.Data) || jsonscan.Valid(ev.Data)
}

// readGeneric looks at an event of a stream that no dialect claims: only an
// error object and [DONE] mean something there.
func (r *Reader) readGeneric(ev sse.Event, s *Signal) {
	if isDone(ev.Data) {
		r.complete, r.content = true, true
		s.Done, s.Content = true, true
		return
	}
	// Most events have no such member, and reading one of any shape is dear.
	if bytes.Contains(ev.Data, []byte("rror")) {
		if body, _ := parseErrorBody(ev.Data); body.wrapped {
			s.Failure = r.fail(body)
			return
		}
	}
	if data := bytes.TrimSpace(ev.Data); data[0] == '{' && !jsonscan.Valid(data) ||
		bytes.HasPrefix(data, []byte("data:")) || bytes.HasPrefix(data, []byte("event:")) {
		s.Failure = r.malformed(ev)
		return
	}
	r.content = true
	s.Progress, s.Content = true, true
}

// fail judges an error that came inside the stream.
func (r *Reader) fail(body errorBody) *failure.Failure {
	f := r.provider.judge(Response{}, body)
	return &f
}

// malformed judges an event that is not what the dialect sends. After good
// events the stream was damaged and another attempt helps; a stream that starts
// like this is something else altogether.
func (r *Reader) malformed(ev sse.Event) *failure.Failure {
	r.signal.damaged, r.signal.Unreported = true, true
	data := clip(ev.Data)
	f := failure.New(failure.Truncated, 0)
	if len(data) == 0 || data[0] != '{' {
		// A sentence, such as a proxy's. Half of an event is not asked: it holds the
		// reply's own words.
		text := failure.Text(string(data), 0)
		if text.Kind != failure.Unknown || r.understood == 0 {
			f = text
		}
	}
	f = r.provider.sign(f)
	return &f
}

// failed makes a failure that an event only names by its kind.
func (r *Reader) failed(kind failure.Kind) *failure.Failure {
	f := r.provider.Failure(kind, 0)
	return &f
}

// finishedWith judges a reason to finish: with some providers it is a failure.
// Nil means that it is not.
func (r *Reader) finishedWith(reason []byte) *failure.Failure {
	if d := r.provider.def; d != nil {
		if kind, ok := d.finish[string(reason)]; ok {
			r.signal.Unreported = true
			return r.failed(kind)
		}
	}
	if string(reason) == "error" {
		r.signal.Unreported = true
		return r.failed(failure.Server)
	}
	return nil
}

// scan gives a cursor on the data of the event that is being read.
func (r *Reader) scan() jsonscan.Cursor { return jsonscan.NewNoting(r.data, &r.unread) }

// appendText adds the text of a JSON string of the event's data, given raw, to
// the signal's text.
func (r *Reader) appendText(raw []byte) {
	if raw == nil {
		return
	}
	start := cap(r.data) - cap(raw)
	r.textSpan = jsonscan.Span{Start: start, End: start + len(raw)}
	r.texts++
	r.text = r.unquoter.Append(r.text, raw)
}

// readTyped reads an object that says its type and holds a text, raw.
func readTyped(c *jsonscan.Cursor) (typ, text []byte) {
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ = c.String()
		case "text":
			text = c.Text()
		}
	})
	return typ, text
}

// choice notes one numbered choice of an event.
func (r *Reader) choice(index int64, finished bool) {
	bit := uint64(1) << min(max(index, 0), 63)
	r.seen |= bit
	if finished {
		r.finished |= bit
	}
	r.complete = r.finished != 0 && r.finished == r.seen
}

// isPresent tells whether a member holds something, such as an error: null, false,
// "" and {} are nothing.
func isPresent(c *jsonscan.Cursor) bool {
	switch string(c.Skip()) {
	case "", "null", "false", `""`, "{}", "[]":
		return false
	}
	return true
}

func isDone(data []byte) bool { return string(bytes.TrimSpace(data)) == "[DONE]" }
