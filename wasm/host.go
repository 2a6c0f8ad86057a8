//go:build js && wasm

package main

import (
	"context"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// host is the page side of the border. Its methods only start something or take
// note of something: none calls back into Go before it returns.
type host struct{ object safejs.Value }

// open sends the request of an attempt and waits for the response's head; of a
// response that is no success it has the start of the body too.
func (h host) open(ctx context.Context, id int, a *stream.Attempt) (provider.Response, error) {
	args := []any{id}
	if r := a.Resume(); r != nil {
		args = append(args, map[string]any{
			"url": r.URL, "method": r.Method, "keepBody": r.KeepBody,
			"headerName": r.HeaderName, "headerValue": r.HeaderValue,
		})
	}
	head, err := h.await(ctx, id, "open", args...)
	if err != nil {
		return provider.Response{}, err
	}
	var res provider.Response
	if res.StatusCode, err = intOf(head, "status"); err != nil {
		return res, err
	}
	headers, err := stringOf(head, "headers")
	if err != nil {
		return res, err
	}
	res.Header = parseHeaders(headers)
	body, err := head.Get("body")
	if err != nil || body.IsUndefined() {
		return res, err
	}
	n, err := body.Length()
	if err != nil {
		return res, err
	}
	res.Body = make([]byte, n)
	_, err = safejs.CopyBytesToGo(res.Body, body)
	return res, err
}

// pump reads the response's body to its end and feeds each chunk through the
// export feed.
func (h host) pump(ctx context.Context, id int) error {
	_, err := h.await(ctx, id, "pump", id)
	return err
}

// beforeRetry asks the page whether and how to try again. It gives the new URL,
// with its room's key, and "" if the request is the same.
func (h host) beforeRetry(ctx context.Context, id int, r stream.RetryContext) (url, roomKey string, err error) {
	f := r.Failure
	o := event.ChatStreamRetry{
		Attempt: r.Attempt, Error: f.Message, Kind: f.Kind, Provider: f.Provider, StatusCode: f.StatusCode,
	}.Object()
	delete(o, "delay_ms") // not known before the page has answered
	delete(o, "retrying_at")
	o["tool_call"] = r.ToolCall
	v, err := h.await(ctx, id, "beforeRetry", id, o)
	if err != nil {
		return "", "", err
	}
	switch v.Type() {
	case safejs.TypeObject:
		if url, err = stringOf(v, "url"); err == nil {
			roomKey, err = stringOf(v, "roomKey")
		}
		return url, roomKey, err
	case safejs.TypeBoolean:
		return "", "", stream.ErrRefused
	}
	return "", "", nil
}

// await calls a method that gives a promise, and waits until it settles. When
// ctx ends first the request is aborted, which settles the promise: its handlers
// are never left behind to be called later.
func (h host) await(ctx context.Context, id int, method string, args ...any) (safejs.Value, error) {
	promise, err := h.object.Call(method, args...)
	if err != nil {
		return safejs.Value{}, err
	}
	settled := make(chan settlement, 1)
	release, err := then(promise, func(s settlement) { settled <- s })
	if err != nil {
		return safejs.Value{}, err
	}
	defer release()
	select {
	case s := <-settled:
		return s.value, s.err
	case <-ctx.Done():
		if _, err := h.object.Call("abort", id); err != nil {
			return safejs.Value{}, err
		}
		s := <-settled
		return s.value, s.err
	}
}

func (h host) onRetry(id int, r event.ChatStreamRetry) { h.tell("retry", id, r.Object()) }

func (h host) onStatus(id int, s event.ChatStreamStatus) { h.tell("status", id, s.Object()) }

// onRecords says that there are records to read now.
func (h host) onRecords(id int) { h.tell("records", id) }

// How a stream ends that did not fail; the ways of one that did are stream.Ending's.
const (
	endComplete = 3 // nothing of the connection matters any more
	endUnseen   = 4 // the body was not looked at
)

// done says that a stream has ended; failed is nil unless it failed for good.
// ending tells how a reader of its bytes is told.
func (h host) done(id int, failed map[string]any, ending int) {
	if failed == nil {
		h.tell("done", id, nil, ending)
		return
	}
	h.tell("done", id, failed, ending)
}

func (h host) crashed(reason string) { h.tell("crashed", reason) }

// tell calls a method that only takes note. An error would mean that the page's
// side is broken; there is nobody left to tell.
func (h host) tell(method string, args ...any) { _, _ = h.object.Call(method, args...) }

// onHold says that everybody with the key waits, for the other tabs to hear.
func (h host) onHold(key string, until time.Time) { h.tell("told", key, until.UnixMilli()) }

// turns asks for a turn among the streams of all tabs.
func (h host) turns(key string) (granted <-chan struct{}, leave func()) {
	none := func() {}
	turn, err := h.object.Call("turn", key)
	if err != nil || turn.IsUndefined() {
		return nil, none
	}
	promise, err := turn.Get("granted")
	if err != nil {
		return nil, none
	}
	settled := make(chan struct{})
	release, err := then(promise, func(settlement) { close(settled) })
	if err != nil {
		return nil, none
	}
	go func() {
		<-settled
		release()
	}()
	return settled, func() { _, _ = turn.Call("leave") }
}

// settlement is how a promise ended.
type settlement struct {
	value safejs.Value
	err   error
}

// then has settle called once with the promise's outcome. Both handlers are
// released by the function returned. settle must not block.
func then(promise safejs.Value, settle func(settlement)) (release func(), err error) {
	fulfilled, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		settle(settlement{value: first(args)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	rejected, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		settle(settlement{err: errorOf(first(args))})
		return nil
	})
	if err != nil {
		fulfilled.Release()
		return nil, err
	}
	release = func() {
		fulfilled.Release()
		rejected.Release()
	}
	if _, err := promise.Call("then", fulfilled, rejected); err != nil {
		release()
		return nil, err
	}
	return release, nil
}
