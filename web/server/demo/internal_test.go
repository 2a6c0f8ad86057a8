package demo

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunsForgetTheLeastRecentlyUsed(t *testing.T) {
	r := newRuns(3)
	started := map[string]int{}
	use := func(keys ...string) {
		for _, key := range keys {
			r.get(key, func() http.Handler {
				started[key]++
				return http.NotFoundHandler()
			})
		}
	}
	use("a", "b", "c", "a", "d") // Forgets b.
	use("a", "c", "d", "b")      // Forgets a.
	use("c", "d", "b", "a")
	assert.Equal(t, map[string]int{"a": 2, "b": 2, "c": 1, "d": 1}, started)
	for i := range 100 {
		use(strconv.Itoa(i))
	}
	assert.Equal(t, 3, r.order.Len())
	assert.Len(t, r.byKey, 3)
}

func TestReadPrompt(t *testing.T) {
	tests := []struct{ name, body, system, user string }{
		{"anthropic", `{"system":"s","messages":[{"role":"user","content":"old"},{"role":"assistant","content":"a"},{"role":"user","content":"u"}]}`, "s", "u"},
		{"anthropic blocks", `{"system":[{"type":"text","text":"s1"},{"type":"text","text":"s2"}],"messages":[{"role":"user","content":[{"type":"text","text":"u"}]}]}`, "s1s2", "u"},
		{"chat", `{"messages":[{"role":"developer","content":"s"},{"role":"user","content":"u"}]}`, "s", "u"},
		{"chat parts", `{"messages":[{"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"x"}}]}]}`, "", "u"},
		{"responses", `{"instructions":"s","input":"u"}`, "s", "u"},
		{"responses list", `{"input":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"input_text","text":"u"}]}]}`, "s", "u"},
		{"gemini", `{"system_instruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"u"}]}]}`, "s", "u"},
		{"odd", `{"messages":[1,null,{"role":7},{"role":"user","content":{"text":4}}],"system":{}}`, "", ""},
		{"broken", `{`, "", ""},
		{"array", `[]`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, prompt{system: tt.system, user: tt.user}, readPrompt([]byte(tt.body)))
		})
	}
}

func FuzzReadPrompt(f *testing.F) {
	f.Add([]byte(`{"messages":[{"role":"user","content":[{"text":"u"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := readPrompt(body)
		require.NotEmpty(t, titleFor(p.user))
		require.NotEmpty(t, replyFor(p.user))
	})
}

func TestTitleFor(t *testing.T) {
	tests := []struct{ message, want string }{
		{"Why is the sky blue?", "Sky Blue"},
		{"what's a goroutine, and how do I stop one early on?", "What's Goroutine Stop One"},
		{"Hello, how are you?", "A Friendly Chat"},
		{"", "A Friendly Chat"},
		{"élan vital", "Élan Vital"},
		{"你好,世界", "你好 世界"},
		{strings.Repeat("x", 100), "X" + strings.Repeat("x", 22) + "…"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, titleFor(tt.message))
	}
}

func TestShorten(t *testing.T) {
	assert.Equal(t, "a b", shorten(" a\n\tb ", 3))
	assert.Equal(t, "a…", shorten("a bc", 3))
	got := shorten(strings.Repeat("界", 500), 120)
	assert.Equal(t, 120, utf8.RuneCountInString(got))
}
