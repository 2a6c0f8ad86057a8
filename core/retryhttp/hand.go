package retryhttp

import (
	"io"
	"net/http"
)

// take takes the next n undecided bytes.
func (f *trip) take(n int) []byte {
	b := f.undecided[:n]
	f.undecided = f.undecided[n:]
	return b
}

// Pass, Drop and Append are what the stream decides; see stream.Relay.
func (f *trip) Pass(n int) {
	f.out.add(f.take(n))
	f.hand(f.last)
}

func (f *trip) Drop(n int) { f.take(n) }

func (f *trip) Append(b []byte) {
	f.out.add(b)
	f.hand(f.last)
}

// hand hands the response out, whose body is not known yet to be whole.
func (f *trip) hand(e *exchange) {
	f.handOut(e, func(res *http.Response) {
		res.Header = res.Header.Clone()
		res.Header.Del("Content-Length")
		res.ContentLength = -1
	})
}

// handOut hands the response out, once.
func (f *trip) handOut(e *exchange, change func(*http.Response)) {
	if e == nil || !f.out.hand() {
		return
	}
	res := *e.Response
	res.Request = f.req
	if e.away {
		// The client would keep its cookies for the server that it has asked.
		res.Header = res.Header.Clone()
		res.Header.Del("Set-Cookie")
	}
	change(&res)
	res.Body = f.out
	if w, ok := e.Body.(io.Writer); ok {
		res.Body = struct {
			*body
			io.Writer
		}{f.out, w} // a protocol that was switched to
	}
	f.handed <- &res
}

// handRest hands the response out if that is not done, and leaves what is left of
// the body to its reader.
func (f *trip) handRest() {
	e := f.last
	f.out.add(e.start)
	f.out.add(f.undecided)
	f.out.leave(e)
	f.handOut(e, func(*http.Response) {})
}
