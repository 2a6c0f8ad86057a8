package retryhttp

import (
	"io"
	"net/http"
)

// take takes the next n undecided bytes.
func (r *relay) take(n int) []byte {
	b := r.undecided[:n]
	r.undecided = r.undecided[n:]
	return b
}

// Pass, Drop and Append are what the stream decides; see stream.Relay.
func (r *relay) Pass(n int) {
	r.out.add(r.take(n))
	r.hand(r.last)
}

func (r *relay) Drop(n int) { r.take(n) }

func (r *relay) Append(b []byte) {
	r.out.add(b)
	r.hand(r.last)
}

// hand hands the response out, whose body is not known yet to be whole.
func (r *relay) hand(e *exchange) {
	r.handOut(e, func(res *http.Response) {
		res.Header = res.Header.Clone()
		res.Header.Del("Content-Length")
		res.ContentLength = -1
	})
}

// handOut hands the response out, once.
func (r *relay) handOut(e *exchange, change func(*http.Response)) {
	if e == nil || !r.out.hand() {
		return
	}
	res := *e.Response
	res.Request = r.req
	if e.away {
		// The client would keep its cookies for the server that it has asked.
		res.Header = res.Header.Clone()
		res.Header.Del("Set-Cookie")
	}
	change(&res)
	res.Body = r.out
	if w, ok := e.Body.(io.Writer); ok {
		res.Body = struct {
			*body
			io.Writer
		}{r.out, w} // a protocol that was switched to
	}
	r.handed <- &res
}

// handRest hands the response out if that is not done, and leaves what is left of
// the body to its reader.
func (r *relay) handRest() {
	e := r.last
	r.out.add(e.start)
	r.out.add(r.undecided)
	r.out.leave(e)
	r.handOut(e, func(*http.Response) {})
}
