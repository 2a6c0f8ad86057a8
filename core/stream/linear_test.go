package stream_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/stream"
)

// TestLinear: a body in chunks of one byte is not copied again and again, whatever
// it is. It counts the bytes that are allocated for so many chunks and for four times
// as many, as copies that take quadratic time are made in new memory.
func TestLinear(t *testing.T) {
	const few, many = 32 << 10, 128 << 10
	const ollamaURL = "http://localhost:11434/api/chat"
	one := func(int) int { return 1 }
	for name, tc := range map[string]struct {
		url  string
		body func(n int) string
	}{
		"one event":    {chatURL, func(n int) string { return delta(strings.Repeat("x", n)) + end }},
		"second event": {chatURL, func(n int) string { return delta("x") + delta(strings.Repeat("x", n)) + end }},
		"an id":        {chatURL, func(n int) string { return delta("x") + "id: " + strings.Repeat("x", n) + "\n\n" + end }},
		"a comment":    {chatURL, func(n int) string { return ":" + strings.Repeat("x", n) + "\n\n" + end }},
		"many lines":   {chatURL, func(n int) string { return strings.Repeat("data:\n", n/6) + "\n" + end }},
		"strays":       {chatURL, func(n int) string { return delta("x") + strings.Repeat("stray\n", n/6) + "\n" + end }},
		"blank lines":  {chatURL, func(n int) string { return strings.Repeat("\n", n) + end }},
		"a document":   {chatURL, func(n int) string { return `{"x":"` + strings.Repeat("x\n", n/2) + `"}` }},
		"a web page":   {chatURL, func(n int) string { return "<html>" + strings.Repeat("<p>\n", n/4) }},
		"one line": {ollamaURL, func(n int) string {
			return `{"model":"m","message":{"content":"` + strings.Repeat("x", n) + `"},"done":true}` + "\n"
		}},
		"many short lines": {ollamaURL, func(n int) string {
			return strings.Repeat(`{"model":"m","message":{"content":"x"},"done":false}`+"\n", n/50)
		}},
	} {
		for who, read := range map[string]func(body string){
			"relay": func(body string) {
				r := relay(stream.Options{URL: tc.url, MaxAttempts: 1})
				r.undecided = make([]byte, 0, 2*len(body)) // what the test itself keeps
				r.run(t.Context(), answer{body: []byte(body), chunks: one})
			},
			"events": func(body string) {
				opts := stream.Options{URL: tc.url, MaxAttempts: 1, OnEvent: func(*stream.Event) {}}
				_ = mustNew(opts).Run(t.Context(), feed([]byte(body), one))
			},
		} {
			allocated := func(n int) uint64 {
				body := tc.body(n)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				read(body)
				runtime.ReadMemStats(&after)
				return after.TotalAlloc - before.TotalAlloc
			}
			a, b := allocated(few), allocated(many)
			t.Logf("%s, %s: %d and %d", name, who, a, b)
			assert.LessOrEqual(t, b, 6*a+many, "%s, %s", name, who)
		}
	}
}
