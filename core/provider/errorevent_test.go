package provider_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// allKinds are the kinds of failure that there are.
var allKinds = []failure.Kind{
	failure.RateLimit, failure.Overloaded, failure.UsageLimit, failure.Auth, failure.Permission,
	failure.ContextExceeded, failure.ModelNotFound, failure.InvalidRequest, failure.ContentFilter,
	failure.Server, failure.Timeout, failure.Network, failure.Truncated, failure.Stalled,
	failure.Offline, failure.Blocked, failure.Canceled, failure.Unknown,
}

// dialects are URLs that tell the dialect, and an event of each.
var dialects = map[string]struct{ url, opening string }{
	"messages":        {"https://api.anthropic.com/v1/messages", `{"type":"message_start"}`},
	"chat":            {"https://api.openai.com/v1/chat/completions", `{"choices":[]}`},
	"chat elsewhere":  {"https://example.test/chat/completions", `{"choices":[]}`},
	"responses":       {"https://api.openai.com/v1/responses", `{"type":"response.created"}`},
	"generateContent": {"https://generativelanguage.googleapis.com/v1/models/m:streamGenerateContent", `{"candidates":[]}`},
	"interactions":    {"https://generativelanguage.googleapis.com/v1beta/interactions", `{"event_type":"interaction.created"}`},
	"cohere":          {"https://api.cohere.com/v2/chat", `{"type":"message-start"}`},
	"aisdk":           {"https://example.test/api", `{"type":"start-step"}`},
}

// decode returns the events of a body, and what is no event.
func decode(t *testing.T, body []byte) (events []sse.Event, strays int) {
	var d sse.Decoder
	require.NoError(t, d.Feed(body, func(ev sse.Event) {
		events = append(events, sse.Event{Type: bytes.Clone(ev.Type), Data: bytes.Clone(ev.Data)})
	}))
	return events, d.Strays()
}

// TestErrorEvent: a made event is one whole event of JSON that has the message and
// means the same kind to whoever reads it.
func TestErrorEvent(t *testing.T) {
	for name, d := range dialects {
		for _, kind := range allKinds {
			for _, more := range []string{"", " What came of the reply is kept.", ` "quoted" \ and so on`} {
				p := provider.Find(d.url, "")
				f := p.Failure(kind, 0)
				f.Message += more
				r := p.NewReader()
				r.Read(sse.Event{Data: []byte(d.opening)})
				alone, made := r.ErrorEvent(f)
				events, strays := decode(t, append(alone, made...))
				require.Len(t, events, 1, name)
				var into any
				require.NoError(t, json.Unmarshal(events[0].Data, &into), "%s: %s", name, events[0].Data)
				assert.Contains(t, strings.ReplaceAll(string(events[0].Data), `\`, ""), strings.ReplaceAll(f.Message, `\`, ""))
				sig := r.Read(events[0])
				require.NotNil(t, sig.Failure, name)
				assert.Equal(t, kind, sig.Failure.Kind, "%s: %s", name, events[0].Data)
				assert.False(t, sig.Unreported, name)
				if len(alone) == 0 {
					assert.Zero(t, strays)
					continue
				}
				body := struct {
					Error struct {
						Code    int
						Message string
					}
				}{}
				require.NoError(t, json.Unmarshal(alone, &body), name)
				assert.Equal(t, f.Message, body.Error.Message)
				assert.GreaterOrEqual(t, body.Error.Code, 400)
			}
		}
	}
}

// TestErrorEvent_foreign: a program's own error may have a kind that is none of ours,
// and a message with anything in it; what is made is an event all the same.
func TestErrorEvent_foreign(t *testing.T) {
	for name, d := range dialects {
		r := provider.Find(d.url, "").NewReader()
		r.Read(sse.Event{Data: []byte(d.opening)})
		alone, made := r.ErrorEvent(failure.Failure{Kind: "no \"kind\"\n\ndata: x", Message: "a\r\n\r\ndata: {}\x00 \"b\""})
		events, strays := decode(t, made)
		require.Len(t, events, 1, name)
		require.Zero(t, strays, name)
		var into any
		require.NoError(t, json.Unmarshal(events[0].Data, &into), "%s: %s", name, events[0].Data)
		if alone != nil {
			require.NoError(t, json.Unmarshal(alone, &into), "%s: %s", name, alone)
		}
		sig := r.Read(events[0])
		require.NotNil(t, sig.Failure, name)
		assert.Equal(t, failure.Unknown, sig.Failure.Kind, name)
	}
}

// TestErrorEvent_lines is the same for a body of lines.
func TestErrorEvent_lines(t *testing.T) {
	for _, kind := range allKinds {
		r := provider.Find("http://localhost:11434/api/chat", "").NewReader()
		require.True(t, r.OpensLines([]byte(`{"model":"m","done":false}`)))
		f := r.Provider().Failure(kind, 0)
		alone, made := r.ErrorEvent(f)
		require.Nil(t, alone)
		line, rest, ended := bytes.Cut(made, []byte("\n"))
		require.True(t, ended)
		require.Empty(t, rest)
		var said struct{ Error string }
		require.NoError(t, json.Unmarshal(line, &said))
		assert.Equal(t, f.Message, said.Error)
		sig := r.Read(sse.Event{Data: line})
		require.NotNil(t, sig.Failure)
		assert.Equal(t, kind, sig.Failure.Kind, string(line))
	}
}

// TestErrorEvent_unknown: where nobody knows the dialect, nothing is made up.
func TestErrorEvent_unknown(t *testing.T) {
	r := provider.Find("https://example.test/", "").NewReader()
	r.Read(sse.Event{Data: []byte("hello")})
	alone, made := r.ErrorEvent(failure.New(failure.Network, 0))
	assert.Nil(t, alone)
	assert.Nil(t, made)
	assert.False(t, r.Recognised())
}
