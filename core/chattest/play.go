package chattest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// frame is one piece of a streamed body: an event or a keepalive.
type frame struct {
	data []byte
	// wait is the pause before it.
	wait time.Duration
}

// errCut is the error when the body has reached the byte at which the connection breaks.
var errCut = errors.New("chattest: the script cuts the connection here")

// play answers one request.
func play(w http.ResponseWriter, r *http.Request, d dialect, c call) {
	p := &player{
		call: c, d: d, w: w, ctx: r.Context(),
		out: &bodyWriter{w: w, ctx: r.Context(), chunk: c.step.ChunkBytes, left: -1},
	}
	if c.step.Fault.reportsError() {
		if c.step.Error == nil {
			p.step.Error = &Error{}
		}
		if !c.streamed {
			// Where there is no stream to report an error in, it is the response.
			p.step.Fault = FaultNone
		}
	}
	if c.step.Fault == FaultCutBytes {
		p.out.left = c.step.After
	}
	if err := p.run(); err != nil {
		if errors.Is(err, errCut) && p.awaitFault() == nil {
			cut(w)
			return
		}
		// The client or the server is going away. Returning would end the body
		// cleanly; this does not.
		panic(http.ErrAbortHandler)
	}
}

type player struct {
	call
	d   dialect
	w   http.ResponseWriter
	out *bodyWriter
	ctx context.Context
}

// run sends the response. It returns errCut to have the connection reset, and
// another error when nobody is there to listen.
func (p *player) run() error {
	s := p.step
	if s.Fault == FaultHang {
		<-p.ctx.Done()
		return p.ctx.Err()
	}
	if s.Fault == FaultCutBytes && s.After <= 0 {
		return errCut
	}
	frames := p.head()
	if err := p.out.flush(); err != nil {
		return err
	}
	if s.Generate != nil {
		if err := s.Generate(p.out); err != nil {
			return err
		}
	} else if err := p.send(frames); err != nil {
		return err
	}
	return p.end(len(frames))
}

// head writes the response head and returns the part of the body to send.
func (p *player) head() []frame {
	s := p.step
	h := p.w.Header()
	status := s.Status
	var frames []frame
	length := -1
	switch {
	case s.raw():
		frames = []frame{{data: s.Body}}
		if !strings.HasPrefix(s.Header.Get("Content-Type"), "text/event-stream") {
			length = len(s.Body)
		}
	case s.Error != nil && s.Fault == FaultNone:
		if status == 0 {
			status = s.Error.Status
		}
		if status == 0 {
			status = http.StatusInternalServerError
		}
		p.d.header(h, p.call)
		h.Set("Content-Type", p.d.contentType(false))
		frames = []frame{{data: p.d.errorBody(*s.Error)}}
		length = len(frames[0].data)
	case p.streamed:
		p.d.header(h, p.call)
		h.Set("Content-Type", p.d.contentType(true))
		h.Set("Cache-Control", "no-cache")
		frames = p.d.stream(p.call)
		frames = frames[min(p.from, len(frames)):]
	default:
		p.d.header(h, p.call)
		h.Set("Content-Type", p.d.contentType(false))
		frames = []frame{{data: p.d.whole(p.call)}}
		length = len(frames[0].data)
	}
	if status == 0 {
		status = http.StatusOK
	}
	if length >= 0 && declaresLength(s, status) {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	for key, values := range s.Header {
		h[http.CanonicalHeaderKey(key)] = values
	}
	p.w.WriteHeader(status)
	return p.upToFault(frames)
}

// declaresLength reports whether a body that is not streamed says how long it is:
// all do but those that are to end short and yet cleanly.
func declaresLength(s Step, status int) bool {
	if s.Generate != nil || status == http.StatusNoContent || status == http.StatusNotModified {
		return false
	}
	switch s.Fault {
	case FaultNone, FaultCutBytes, FaultCutEvents, FaultStall:
		return true
	}
	return false
}

// upToFault returns the frames that come before the fault.
func (p *player) upToFault(frames []frame) []frame {
	n := len(frames)
	switch p.step.Fault {
	case FaultNone, FaultCutBytes:
		return frames
	case FaultCutEvents, FaultStall, FaultPings:
	default:
		n-- // The end signal must not be seen.
	}
	return frames[:min(max(p.step.After, 0), n)]
}

// send writes the frames, each after its pause, several at once if the step
// says so.
func (p *player) send(frames []frame) error {
	group := max(p.step.EventsPerFlush, 1)
	var pending []byte
	for i, f := range frames {
		if err := wait(p.ctx, f.wait); err != nil {
			return err
		}
		pending = append(pending, f.data...)
		if (i+1)%group != 0 && i+1 < len(frames) {
			continue
		}
		if err := p.write(pending); err != nil {
			return err
		}
		pending = pending[:0]
	}
	return nil
}

func (p *player) write(data []byte) error {
	if _, err := p.out.Write(data); err != nil {
		return err
	}
	return p.out.flush()
}

// end does what the fault demands after so many frames.
func (p *player) end(sent int) error {
	switch p.step.Fault {
	case FaultNone:
		return nil
	case FaultCutBytes, FaultCutEvents:
		return errCut
	}
	if err := p.awaitFault(); err != nil {
		return err
	}
	switch p.step.Fault {
	case FaultEarlyEnd:
		return nil
	case FaultStall:
		<-p.ctx.Done()
		return p.ctx.Err()
	case FaultPings:
		for n := sent; ; n++ {
			if err := wait(p.ctx, p.step.PingEvery); err != nil {
				return err
			}
			if err := p.write(p.d.ping(p.from + n)); err != nil {
				return err
			}
		}
	case FaultRaw:
		return p.write(p.step.Tail)
	case FaultErrorUnframed:
		return p.write(p.d.errorBody(*p.step.Error))
	default:
		return p.write(p.d.errorEvent(p.call, p.from+sent))
	}
}

// awaitFault waits until the fault may happen; it returns an error when the client
// goes away first.
func (p *player) awaitFault() error {
	if p.step.Until == nil {
		return nil
	}
	select {
	case <-p.ctx.Done():
		return p.ctx.Err()
	case <-p.step.Until:
		return nil
	}
}

// wait pauses for d; it returns an error when ctx ends first.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
