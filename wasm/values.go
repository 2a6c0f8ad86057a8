//go:build js && wasm

package main

import (
	"strings"

	"github.com/hack-pad/safejs"
)

// jsError is what JavaScript threw. Browsers tell causes apart by the name and
// the message only, so that is all that is kept.
type jsError struct{ name, message string }

func (e *jsError) Error() string {
	if e.name == "" {
		return e.message
	}
	return e.name + ": " + e.message
}

func errorOf(v safejs.Value) error {
	if v.Type() != safejs.TypeObject {
		return &jsError{message: "something that is no Error was thrown"}
	}
	name, _ := stringOf(v, "name")
	message, _ := stringOf(v, "message")
	return &jsError{name: name, message: message}
}

func first(args []safejs.Value) safejs.Value {
	if len(args) == 0 {
		return safejs.Undefined()
	}
	return args[0]
}

func intOf(object safejs.Value, name string) (int, error) {
	v, err := object.Get(name)
	if err != nil {
		return 0, err
	}
	return v.Int()
}

// stringOf gives a member as a string, "" where it is none.
func stringOf(object safejs.Value, name string) (string, error) {
	v, err := object.Get(name)
	if err != nil || v.Type() != safejs.TypeString {
		return "", err
	}
	return v.String()
}

// parseHeaders reads "name: value" lines with names in lower case, as fetch's
// Headers gives them.
func parseHeaders(lines string) func(name string) string {
	headers := map[string]string{}
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			headers[name] = value
		}
	}
	return func(name string) string { return headers[name] }
}
