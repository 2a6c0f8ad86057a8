//go:build js && wasm

package main

import (
	"context"
	"unsafe"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/stream"
)

// session is one running stream.
type session struct {
	id     int32
	host   host
	stream *stream.Stream
	cancel context.CancelFunc
	// attempt is the one that is being made; nil between attempts.
	attempt *stream.Attempt
	// unseen: the latest body is passed on without having been looked at.
	unseen bool
	// texts is what feedText has kept back.
	texts []byte
	// settled gets the answer to what the host was asked for last.
	settled chan settlement
}

// failed is how a settlement ends that brings an error: its name and message.
const failed = -1

// settlement is the host's answer: a number and what belongs to it.
type settlement struct {
	how   int32
	first string
	rest  []byte
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
func (s *session) await(ctx context.Context) (settlement, error) {
	var got settlement
	select {
	case got = <-s.settled:
	case <-ctx.Done():
		hostAbort(s.id)
		got = <-s.settled
	}
	if got.how == failed {
		return got, &jsError{got.first, string(got.rest)}
	}
	return got, nil
}

// do makes one attempt. The host tells of the response with respond and feed, and
// settles once nothing more of it comes.
func (s *session) do(ctx context.Context, a *stream.Attempt) error {
	s.attempt = a
	defer func() { s.attempt = nil }()
	s.host.open(s.id, a.Resume())
	_, err := s.await(ctx)
	s.unseen = a.Unseen()
	return err
}

// header returns a header of the response by its name in lower case, as few are ever
// asked for; empty if it is not there.
func (s *session) header(name string) string {
	value := make([]byte, 256)
	for {
		n := int(hostHeader(s.id, name, address(unsafe.SliceData(value)), int32(len(value))))
		if n <= len(value) {
			return string(value[:n])
		}
		value = make([]byte, n)
	}
}

// body asks for the body of the last request, nil if it is not known.
func (s *session) body(ctx context.Context) []byte {
	s.host.body(s.id)
	answer, err := s.await(ctx)
	if err != nil {
		return nil
	}
	return answer.rest
}

// ask asks the page, by its option of that name, what to send after a failed attempt.
func (s *session) ask(ctx context.Context, who string, r stream.RetryContext) (settlement, error) {
	f := r.Failure
	facts := event.ChatStreamRetry{
		Attempt: r.Attempt, Error: f.Message, Kind: f.Kind, Provider: f.Provider, StatusCode: f.StatusCode,
	}
	s.host.ask(s.id, who, facts.AppendJSON(nil), r.ToolCall)
	return s.await(ctx)
}

// beforeRetry asks the page before another attempt is made.
func (s *session) beforeRetry(ctx context.Context, r stream.RetryContext) error {
	answer, err := s.ask(ctx, "beforeRetry", r)
	switch {
	case err != nil:
		return err
	case answer.how != 0:
		return stream.ErrRefused
	case answer.first != "":
		s.stream.SetURL(answer.first)
		s.stream.SetRoomKey(string(answer.rest))
	}
	return nil
}

// fallback asks the page once a request has failed for good.
func (s *session) fallback(ctx context.Context, r stream.RetryContext) (*stream.Target, error) {
	answer, err := s.ask(ctx, "fallback", r)
	if err != nil || answer.first == "" {
		return nil, err
	}
	return &stream.Target{URL: answer.first, RoomKey: string(answer.rest)}, nil
}
