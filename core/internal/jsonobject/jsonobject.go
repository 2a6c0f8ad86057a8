// Package jsonobject writes JSON objects by hand, as every page would have to load
// encoding/json.
package jsonobject

import (
	"strconv"
	"time"
)

// Object is a JSON object in the making. It begins with its brace, and is closed by
// whoever began it.
type Object []byte

// Name adds a member's name, which needs no escaping. Its value is to follow.
func (o Object) Name(name string) Object {
	if o[len(o)-1] != '{' {
		o = append(o, ',')
	}
	return append(append(append(o, '"'), name...), `":`...)
}

// Text adds a string, unless it is empty.
func (o Object) Text(name, value string) Object {
	if value == "" {
		return o
	}
	return o.Name(name).Quote(value)
}

// Quote adds a string, after its name. Bytes that are no UTF-8 stay as they are: it is
// for whoever decodes them to decide.
func (o Object) Quote(s string) Object {
	o = append(o, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			o = append(o, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			o = append(o, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			o = append(o, c)
		}
	}
	return append(o, '"')
}

// Number adds a number, unless it is 0.
func (o Object) Number(name string, value int64) Object {
	if value == 0 {
		return o
	}
	return o.Count(name, value)
}

// Count adds a number, 0 too.
func (o Object) Count(name string, value int64) Object {
	return strconv.AppendInt(o.Name(name), value, 10)
}

// Time adds a time, unless it is nil.
func (o Object) Time(name string, value *time.Time) Object {
	if value == nil {
		return o
	}
	return append(value.AppendFormat(append(o.Name(name), '"'), time.RFC3339Nano), '"')
}
