package retryhttp

import (
	"context"
	"net/http"

	"github.com/retrystream/retrystream/core/provider"
)

// exchange is the response to one attempt's request, with what ends it and what was
// read of it.
type exchange struct {
	*http.Response
	cancel context.CancelFunc
	// away: it comes from another origin than the one that the caller's request names.
	away bool
	// start is the beginning of the body where that was read to judge it.
	start []byte
	// unseen and err tell how the reading of it went.
	unseen bool
	err    error
}

func (e *exchange) close() {
	e.cancel()
	_ = e.Body.Close()
}

// encoded reports whether the body is compressed, as the request asked for by a header
// of its own.
func (e *exchange) encoded() bool {
	encoding := e.Header.Get("Content-Encoding")
	return encoding != "" && encoding != "identity"
}

// head returns what an attempt is told of the response, with the start of the body where
// that of an error can be read.
func (e *exchange) head() provider.Response {
	head := provider.Response{StatusCode: e.StatusCode, Header: e.Header.Get}
	if e.StatusCode >= 400 {
		e.readStart()
		if !e.encoded() {
			head.Body = e.start
		}
	}
	return head
}
