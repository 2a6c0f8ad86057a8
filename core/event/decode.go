//go:build !js

package event

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrUnknownType reports that an event is of a type that this version does not know.
// The event has its Seq then, but no body.
var ErrUnknownType = errors.New("event: unknown type")

// UnmarshalJSON implements json.Unmarshaler, for whoever reads what a server
// published. Members that it does not know it passes over.
func (e *ChatStreamEvent) UnmarshalJSON(b []byte) error {
	var head struct {
		Type ChatStreamEventType `json:"type"`
		Seq  int64               `json:"seq"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return err
	}
	if head.Seq < 1 {
		return fmt.Errorf("event: seq is %d, and counts from 1", head.Seq)
	}
	body, err := decodeBody(head.Type, b)
	if err == nil || errors.Is(err, ErrUnknownType) {
		*e = ChatStreamEvent{Seq: head.Seq, Body: body}
	}
	return err
}

func decodeBody(t ChatStreamEventType, b []byte) (Body, error) {
	switch t {
	case TypeMessage:
		return decode[ChatStreamMessage](b)
	case TypeReset:
		return decode[ChatStreamReset](b)
	case TypeRetry:
		return decode[ChatStreamRetry](b)
	case TypeStatus:
		return decode[ChatStreamStatus](b)
	case TypeError:
		return decode[ChatStreamError](b)
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownType, t)
}

func decode[B Body](b []byte) (Body, error) {
	var body B
	if err := json.Unmarshal(b, &body); err != nil {
		return nil, err
	}
	return body, nil
}
