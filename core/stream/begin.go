package stream

import (
	"context"
	"time"
)

// Begin begins the first attempt without waiting for anything, for a host that can make
// one on the goroutine it has: most streams need no other. It is called before Run, once.
// The host makes the attempt as the function given to Run does, with the attempt's
// Context, and then calls Finish.
//
// Begin returns nil where the attempt has to wait, for the network or with the others
// of the Room, or where ctx has ended; then Run makes it.
func (s *Stream) Begin(ctx context.Context) *Attempt {
	room := s.opts.Room
	if ctx.Err() != nil || s.told.network() != nil || room != nil && !s.pause.alone && !room.IsFree(s.opts.RoomKey) {
		return nil
	}
	s.began = time.Now()
	s.begun = s.begin(ctx, func() {})
	return s.begun
}

// Finish ends the attempt that Begin returned; err is the error of the transfer, nil at
// the body's clean end. It reports whether the reply is complete; then the stream is over
// as it is when Run has returned nil. Otherwise Run is to be called with the context
// that Begin had: it judges this attempt as its first one, and goes on.
//
// Finish asks nobody anything, so that a reply with nothing in it is left to Run.
func (s *Stream) Finish(err error) (done bool) {
	a := s.begun
	a.run(func(context.Context, *Attempt) error { return err })
	if a.err != nil || a.reader.Empty() {
		return false
	}
	s.begun = nil
	_ = a.verdict(a.ctx) // which is nil
	_ = s.done()
	return true
}
