//go:build js && wasm

package main

import (
	"context"
	"unsafe"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/wasm/border"
)

// call is one running stream, and what the page's side does for it.
type call struct {
	id     int32
	host   host
	stream *stream.Stream
	// ctx ends with the call.
	ctx    context.Context
	cancel context.CancelFunc
	// attempt is the one that is being made; nil between attempts.
	attempt *stream.Attempt
	// unwatch ends the watch over the context of the attempt that start has begun; nil
	// once that has ended, or where a goroutine makes it.
	unwatch func() bool
	// unseen: the latest body is passed on without having been looked at.
	unseen bool
	// texts is what feedText has kept back.
	texts []byte
	// settled gets the answer to what the host was asked for last.
	settled chan settlement
}

// settlement is the host's answer: one of border's numbers and what belongs to it.
type settlement struct {
	how   int32
	first string
	rest  []byte
}

// err returns what JavaScript threw, if that is the answer.
func (s settlement) err() error {
	if s.how == border.SettledFailed {
		return &jsError{s.first, string(s.rest)}
	}
	return nil
}

// jsError is what JavaScript threw. Browsers tell failures apart by the name and
// the message only, so that is all that is kept; where an error has causes, as in
// Node, the message goes on with their codes and messages in parentheses.
type jsError struct{ name, message string }

func (e *jsError) Error() string {
	if e.name == "" {
		return e.message
	}
	return e.name + ": " + e.message
}

// await waits for the answer to what the host has just been asked. When ctx ends
// first the host aborts it, which settles it too: no answer comes later.
func (c *call) await(ctx context.Context) (settlement, error) {
	var got settlement
	select {
	case got = <-c.settled:
	case <-ctx.Done():
		hostAbort(c.id)
		got = <-c.settled
	}
	return got, got.err()
}

// do makes one attempt. The host tells of the response with respond and feed, and
// settles once nothing more of it comes.
func (c *call) do(ctx context.Context, a *stream.Attempt) error {
	c.attempt = a
	defer func() { c.attempt = nil }()
	c.host.open(c.id, a.Resume())
	_, err := c.await(ctx)
	c.unseen = a.Unseen()
	return err
}

// header returns a header of the response by its name in lower case, as few are ever
// asked for; empty if it is not there.
func (c *call) header(name string) string {
	value := make([]byte, 256)
	for {
		n := int(hostHeader(c.id, name, address(unsafe.SliceData(value)), int32(len(value))))
		if n <= len(value) {
			return string(value[:n])
		}
		value = make([]byte, n)
	}
}

// body asks for the body of the last request, nil if it is not known.
func (c *call) body(ctx context.Context) []byte {
	c.host.body(c.id)
	answer, err := c.await(ctx)
	if err != nil {
		return nil
	}
	return answer.rest
}

// ask asks the page, by its option of that name, what to send after a failed attempt.
func (c *call) ask(ctx context.Context, who string, r stream.RetryContext) (settlement, error) {
	f := r.Failure
	facts := event.ChatStreamRetry{
		Attempt: r.Attempt, Error: f.Message, Kind: f.Kind, Provider: f.Provider, StatusCode: f.StatusCode,
	}
	c.host.ask(c.id, who, facts.AppendJSON(nil), r.ToolCall)
	return c.await(ctx)
}

// beforeRetry asks the page before another attempt is made.
func (c *call) beforeRetry(ctx context.Context, r stream.RetryContext) error {
	answer, err := c.ask(ctx, "beforeRetry", r)
	switch {
	case err != nil:
		return err
	case answer.how == border.SettledRefused:
		return stream.ErrRefused
	case answer.first != "":
		c.stream.SetURL(answer.first)
		c.stream.SetRoomKey(string(answer.rest))
	}
	return nil
}

// fallback asks the page once a request has failed for good.
func (c *call) fallback(ctx context.Context, r stream.RetryContext) (*stream.Target, error) {
	answer, err := c.ask(ctx, "fallback", r)
	if err != nil || answer.first == "" {
		return nil, err
	}
	return &stream.Target{URL: answer.first, RoomKey: string(answer.rest)}, nil
}
