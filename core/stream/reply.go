package stream

import "github.com/retrystream/retrystream/core/provider"

// reply is what the readers of a stream have of its reply, across the attempts.
type reply struct {
	// has is how much it is.
	has has
	// keeps is what of it is for good.
	keeps keeps
	// response is what the reader of a relayed body was given.
	response response
	// rest is how to go on, while the reply is resumable.
	rest *rest
	// cut is why the reply broke off that could go on.
	cut error
	// gained: the latest attempt got such a reply further than the one before.
	gained bool
}

// has is how much the readers have of a reply.
type has uint8

const (
	nothing has = iota
	// shown: events of the reply that is being read. Another attempt makes them void.
	shown
	// void: events of a reply that is read no more. A reset comes before the next event.
	void
	// resumable: events of a reply that broke off, and whose rest may be asked for.
	resumable
	// final: what no other attempt may replace.
	final
)

// keeps is what of a reply is not replaced by another attempt.
type keeps uint8

const (
	keepsNothing keeps = iota
	keepsText
	// keepsAll: no reader can take anything back.
	keepsAll
)

// response is what the reader of a relayed body was given. It never changes back.
type response uint8

const (
	none response = iota
	// unframed: a response whose body is no stream of events, or is passed unseen.
	unframed
	// framed: a response whose body is a stream of events.
	framed
)

// rest is how to ask for the rest of a reply.
type rest struct {
	// reader is what read the reply until it broke off.
	reader *provider.Reader
	// resume is the request.
	resume Resume
}

func newReply(opts *Options) reply {
	switch {
	case opts.Relay != nil:
		return reply{keeps: keepsAll}
	case opts.Partial == PartialFail:
		return reply{keeps: keepsText}
	}
	return reply{}
}

// begin returns how the next attempt goes on, nil if it begins the reply anew.
func (p *reply) begin() *rest {
	rest := p.rest
	if p.has == resumable {
		p.has, p.rest = shown, nil
	}
	return rest
}

// show notes that an event is handed out, with or without text. It reports whether a
// reset must come before it.
func (p *reply) show(text bool) (reset bool) {
	if p.has == shown && p.keeps != keepsText {
		return false // which is so for all events but a few
	}
	return p.showAnew(text)
}

func (p *reply) showAnew(text bool) (reset bool) {
	reset = p.has == void
	switch {
	case p.keeps == keepsText && text:
		p.has = final
	case p.has != final:
		p.has = shown
	}
	return reset
}

// breakOff notes that the attempt failed; rest is how to go on, nil if that cannot be.
// It reports whether the reply goes on.
func (p *reply) breakOff(rest *rest) (goesOn bool) {
	if rest == nil || p.has != shown {
		p.revoke()
		return false
	}
	p.has, p.rest = resumable, rest
	return true
}

// revoke notes that the reply cannot go on.
func (p *reply) revoke() {
	p.rest = nil
	switch {
	case p.has == nothing:
	case p.keeps == keepsAll:
		p.has = final
	case p.has != final:
		p.has = void
	}
}

// isFixed reports whether a reader has what it cannot give back.
func (p *reply) isFixed() bool { return p.keeps == keepsAll && p.has != nothing }
