package event

import (
	"errors"
	"strconv"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

// ChatStreamEventType tells the kinds of ChatStreamEvent apart.
type ChatStreamEventType string

const (
	// TypeMessage is the type of a ChatStreamMessage.
	TypeMessage ChatStreamEventType = "message"
	// TypeReset is the type of a ChatStreamReset.
	TypeReset ChatStreamEventType = "reset"
	// TypeRetry is the type of a ChatStreamRetry.
	TypeRetry ChatStreamEventType = "retry"
	// TypeStatus is the type of a ChatStreamStatus.
	TypeStatus ChatStreamEventType = "status"
	// TypeError is the type of a ChatStreamError.
	TypeError ChatStreamEventType = "error"
)

// ChatStreamEvent is one event of a reply. As JSON it is one flat object, the members
// of the body beside the event's own:
//
//	{"type":"reset","seq":7,"attempt":2}
//
// In TypeScript it is a union that is told apart by type, and each of its members is
// also what its body is: a retry event can be given to whoever takes a retry.
type ChatStreamEvent struct {
	// Seq is the event's place among those of its stream, counted from 1.
	Seq int64
	// Body is what the event says. It is not nil.
	Body Body
}

// Body is what an event says: one of the types that Bodies lists.
type Body interface {
	// Type returns the type of the events that have such a body.
	Type() ChatStreamEventType
	// AppendJSON appends the body alone as a JSON object.
	AppendJSON(b []byte) []byte
	members(o jsonobject.Object) jsonobject.Object
}

// Bodies returns an empty body of each type.
func Bodies() []Body {
	return []Body{ChatStreamMessage{}, ChatStreamReset{}, ChatStreamRetry{}, ChatStreamStatus{}, ChatStreamError{}}
}

// Type returns TypeMessage.
func (ChatStreamMessage) Type() ChatStreamEventType { return TypeMessage }

// Type returns TypeReset.
func (ChatStreamReset) Type() ChatStreamEventType { return TypeReset }

// Type returns TypeRetry.
func (ChatStreamRetry) Type() ChatStreamEventType { return TypeRetry }

// Type returns TypeStatus.
func (ChatStreamStatus) Type() ChatStreamEventType { return TypeStatus }

// Type returns TypeError.
func (ChatStreamError) Type() ChatStreamEventType { return TypeError }

// AppendJSON appends the event as JSON.
func (e ChatStreamEvent) AppendJSON(b []byte) []byte {
	o := jsonobject.Object(append(b, `{"type":"`...))
	o = append(append(o, e.Body.Type()...), `","seq":`...)
	return append(e.Body.members(strconv.AppendInt(o, e.Seq, 10)), '}')
}

// MarshalJSON implements json.Marshaler.
func (e ChatStreamEvent) MarshalJSON() ([]byte, error) {
	if e.Body == nil {
		return nil, errors.New("event: an event without a body")
	}
	return e.AppendJSON(nil), nil
}
