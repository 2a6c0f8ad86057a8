package demo_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/web/server/demo"
)

// client is how a page calls one provider.
type client struct {
	id, path string
	// body makes a request from a system prompt and a message.
	body func(system, user string) string
	// end is the end signal of a stream.
	end string
}

func clients() []client {
	return []client{
		{"anthropic", "/v1/messages", func(s, u string) string {
			return marshal(map[string]any{"stream": true, "system": s, "messages": []any{message(u)}})
		}, "event: message_stop\n"},
		{"openai", "/v1/chat/completions", func(s, u string) string {
			return marshal(map[string]any{"stream": true, "messages": []any{map[string]any{"role": "system", "content": s}, message(u)}})
		}, "data: [DONE]\n"},
		{"openai-responses", "/v1/responses", func(s, u string) string {
			return marshal(map[string]any{"stream": true, "instructions": s, "input": u})
		}, "event: response.completed\n"},
		{"gemini", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", func(s, u string) string {
			parts := func(text string) []any { return []any{map[string]any{"text": text}} }
			return marshal(map[string]any{
				"systemInstruction": map[string]any{"parts": parts(s)},
				"contents":          []any{map[string]any{"role": "user", "parts": parts(u)}},
			})
		}, `"finishReason": "STOP"`},
	}
}

func message(text string) map[string]any { return map[string]any{"role": "user", "content": text} }

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func serve(t *testing.T, o demo.Options) string {
	t.Helper()
	o.Root = project()
	server := httptest.NewServer(demo.Handler(o))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// inMemory is the same without a network, for a test in virtual time, in which a reply
// that stalls is known as such.
func inMemory(o demo.Options) *http.Client {
	o.Root = project()
	return &http.Client{Transport: &chattest.Transport{Handler: demo.Handler(o)}}
}

// ask sends one request and says how it ended: "ok" after a complete reply, a
// status, or what went wrong in the stream.
func (c client) ask(t *testing.T, base, scenario, run, body string) (outcome string, resp *http.Response, text string) {
	t.Helper()
	return c.askThrough(t, http.DefaultClient, base, scenario, run, body)
}

func (c client) askThrough(t *testing.T, through *http.Client, base, scenario, run, body string) (outcome string, resp *http.Response, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		base+"/fake/"+c.id+"/"+scenario+"/"+run+c.path, strings.NewReader(body))
	require.NoError(t, err)
	resp, err = through.Do(req)
	require.NoError(t, err)
	data, stalled, err := readAll(resp.Body)
	text = string(data)
	switch {
	case resp.StatusCode != 200:
		return http.StatusText(resp.StatusCode), resp, text
	case strings.Contains(text, c.end):
		return "ok", resp, text
	case stalled:
		return "stalled", resp, text
	case err != nil:
		require.ErrorIs(t, err, syscall.ECONNRESET)
		return "cut", resp, text
	case strings.Contains(text, `"error"`) && strings.Contains(text, "verloaded"):
		return "overloaded", resp, text
	}
	return "truncated", resp, text
}

// patience is how long a reply may be silent. In real time it never ends.
const patience = 24 * time.Hour

// readAll reads to the end, or until nothing has come for so long.
func readAll(body io.ReadCloser) (data []byte, stalled bool, err error) {
	defer func() { _ = body.Close() }()
	timer := time.AfterFunc(patience, func() { _ = body.Close() })
	defer timer.Stop()
	buf := make([]byte, 4096)
	for {
		n, err := body.Read(buf)
		data = append(data, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return data, false, nil
		}
		if err != nil {
			return data, !timer.Stop(), err
		}
		timer.Reset(patience)
	}
}

func TestScenarios(t *testing.T) {
	const limited, unavailable, denied = "Too Many Requests", "Service Unavailable", "Unauthorized"
	want := map[string][]string{
		"ok":                   {"ok", "ok"},
		"rate-limit":           {limited, limited, "ok", "ok"},
		"rate-limit-delay":     {limited, "ok"},
		"overloaded":           {unavailable, "ok"},
		"overloaded-midstream": {"overloaded", "ok"},
		"cut":                  {"cut", "ok"},
		"truncated":            {"truncated", "ok"},
		"stall":                {"stalled", "ok"},
		"server-error":         {"Internal Server Error", unavailable, "ok"},
		"html":                 {"Bad Gateway", "ok"},
		"queued":               {"ok", "ok"},
		"offline":              {"ok", "ok"},
		"long":                 {"ok", "ok"},
		"title-fails":          {"ok", "ok"},
		"down":                 {unavailable, unavailable, unavailable},
		"wrong-key":            {denied, denied},
		"quota":                {limited, limited, limited},
		"forbidden":            {"Forbidden", "Forbidden"},
		"no-model":             {"Not Found", "Not Found"},
		"too-long":             {"Bad Request", "Bad Request"},
		"filtered":             {"Bad Request", "Bad Request"},
		"bad-request":          {"Bad Request", "Bad Request"},
		"long-wait":            {limited, limited},
		"web-page":             {"truncated", "truncated"}, // a page has no end signal
	}
	base := serve(t, demo.Options{})
	for _, s := range demo.Scenarios() {
		require.Contains(t, want, s.ID)
		for _, c := range clients() {
			test := func(t *testing.T) {
				through := http.DefaultClient
				if s.ID == "stall" {
					through = inMemory(demo.Options{})
				}
				var got []string
				for range want[s.ID] {
					outcome, _, _ := c.askThrough(t, through, base, s.ID, "run", c.body("", "Hi"))
					got = append(got, outcome)
				}
				expected := want[s.ID]
				if s.ID == "overloaded" && c.id == "anthropic" {
					expected = []string{"", "ok"} // 529 has no standard text.
				}
				assert.Equal(t, expected, got)
				first, _, _ := c.askThrough(t, through, base, s.ID, "another", c.body("", "Hi"))
				assert.Equal(t, expected[0], first, "each run starts afresh")
			}
			t.Run(s.ID+" "+c.id, func(t *testing.T) {
				if s.ID == "stall" {
					synctest.Test(t, test)
				} else {
					test(t)
				}
			})
		}
	}
}

func TestDetailsOfFailures(t *testing.T) {
	base := serve(t, demo.Options{})
	tests := []struct {
		scenario string
		// contains has a part of the body by provider.
		contains map[string]string
	}{
		{"rate-limit-delay", map[string]string{
			"anthropic": "rate_limit_error", "openai": "Please try again in 5s.",
			"openai-responses": "Please try again in 5s.", "gemini": `"retryDelay": "5s"`,
		}},
		{"quota", map[string]string{
			"anthropic": "enforced_spend_limit_reached", "openai": "insufficient_quota",
			"openai-responses": "insufficient_quota", "gemini": "PerDay",
		}},
		{"html", map[string]string{
			"anthropic": "<h1>", "openai": "<h1>", "openai-responses": "<h1>", "gemini": "<h1>",
		}},
	}
	for _, tt := range tests {
		for _, c := range clients() {
			_, resp, text := c.ask(t, base, tt.scenario, "x", c.body("", "Hi"))
			assert.Contains(t, text, tt.contains[c.id])
			if tt.scenario == "rate-limit-delay" && c.id != "gemini" {
				assert.Equal(t, "5", resp.Header.Get("Retry-After"))
			} else {
				assert.Empty(t, resp.Header.Get("Retry-After"))
			}
		}
	}
}

func TestFaultsComeInTheMiddleOfTheText(t *testing.T) {
	base := serve(t, demo.Options{})
	for _, c := range clients() {
		_, _, full := c.ask(t, base, "ok", "x", c.body("", "Hi"))
		inTheMiddle := func(part, scenario string) {
			assert.Greater(t, len(part), len(full)/10, scenario)
			assert.Less(t, len(part), len(full)/2, scenario)
		}
		for _, scenario := range []string{"overloaded-midstream", "cut", "truncated"} {
			_, _, part := c.ask(t, base, scenario, "x", c.body("", "Hi"))
			inTheMiddle(part, scenario)
		}
		synctest.Test(t, func(t *testing.T) {
			_, _, part := c.askThrough(t, inMemory(demo.Options{}), base, "stall", "x", c.body("", "Hi"))
			inTheMiddle(part, "stall")
		})
	}
}

func TestTitles(t *testing.T) {
	base := serve(t, demo.Options{})
	for _, c := range clients() {
		t.Run(c.id, func(t *testing.T) {
			ask := c.body("Give this chat a short Title.", "How do trees drink water in the desert?")
			for _, s := range demo.Scenarios() {
				outcome, _, text := c.ask(t, base, s.ID, "t", ask)
				if s.TitleFails {
					assert.Equal(t, "Unauthorized", outcome)
					continue
				}
				assert.Equal(t, "ok", outcome, s.ID)
				for _, word := range []string{"Trees", "Drink", "Water", "Desert"} {
					assert.Contains(t, text, word)
				}
			}
			outcome, _, _ := c.ask(t, base, "rate-limit", "t", c.body("", "Hi"))
			assert.Equal(t, "Too Many Requests", outcome, "a title takes no step of the scenario")
		})
	}
}

func TestReplyText(t *testing.T) {
	base := serve(t, demo.Options{})
	body := strings.Replace(clients()[0].body("", "Why\nis  the sky blue?"), `"stream":true`, `"stream":false`, 1)
	_, _, text := client{id: "anthropic", path: "/v1/messages"}.ask(t, base, "ok", "x", body)
	var reply struct {
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &reply))
	got := reply.Content[0].Text
	assert.Contains(t, got, "“Why is the sky blue?”")
	assert.Contains(t, got, "こんにちは世界")
	assert.Contains(t, got, "👩‍🚀")
	assert.True(t, utf8.ValidString(got))
	assert.GreaterOrEqual(t, strings.Count(got, "\n\n"), 3)
}

func TestUnknownNames(t *testing.T) {
	base := serve(t, demo.Options{})
	c := clients()[0]
	for _, path := range []string{"/fake/none/ok/x/v1/messages", "/fake/anthropic/none/x/v1/messages", "/fake/anthropic/ok/x/v2/other"} {
		resp, err := http.Post(base+path, "application/json", strings.NewReader(c.body("", "Hi")))
		require.NoError(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, 404, resp.StatusCode, path)
	}
	resp, err := http.Get(base + "/fake/anthropic/ok/x/v1/messages")
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.NotEqual(t, 200, resp.StatusCode)

	resp, err = http.Post(base+"/fake/anthropic/ok/x/v1/messages", "", strings.NewReader(strings.Repeat(" ", 2<<20)))
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, 413, resp.StatusCode)
}

func TestScenarioList(t *testing.T) {
	extra := demo.Scenario{ID: "extra", Label: "Extra", Description: "More."}
	base := serve(t, demo.Options{Scenarios: []demo.Scenario{extra, {ID: "ok", Label: "Mine"}}})
	resp, err := http.Get(base + "/fake/scenarios.json")
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	var got []map[string]string
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
	require.Len(t, got, len(demo.Scenarios())+1)
	assert.Equal(t, map[string]string{"id": "ok", "label": "Mine", "description": ""}, got[0])
	assert.Equal(t, map[string]string{"id": "extra", "label": "Extra", "description": "More."}, got[len(got)-1])
	for _, s := range got[1:] {
		assert.NotEmpty(t, s["label"])
		assert.True(t, strings.HasSuffix(s["description"], "."), s["id"])
	}
}

func TestExtraScenario(t *testing.T) {
	var seen demo.Message
	base := serve(t, demo.Options{Scenarios: []demo.Scenario{{
		ID: "mine",
		Steps: func(m demo.Message) []chattest.Step {
			seen = m
			return []chattest.Step{chattest.Fail(418, "")}
		},
	}}})
	c := clients()[3]
	outcome, _, _ := c.ask(t, base, "mine", "x", c.body("", "Hi"))
	assert.Equal(t, "I'm a teapot", outcome)
	outcome, _, _ = c.ask(t, base, "mine", "x", c.body("", "Hi"))
	assert.Equal(t, "ok", outcome)
	assert.Equal(t, "gemini", seen.Provider)
	assert.Contains(t, seen.Reply.Text, "Hi")
}

func TestPace(t *testing.T) {
	c := clients()[0]
	took := func(t *testing.T, h http.Handler, scenario string) time.Duration {
		t.Helper()
		start := time.Now()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost,
			"/fake/"+c.id+"/"+scenario+"/x"+c.path, strings.NewReader(c.body("", "Hi"))))
		return time.Since(start)
	}
	synctest.Test(t, func(t *testing.T) {
		h := demo.Handler(demo.Options{Root: project(), Pace: time.Second})
		ok := took(t, h, "ok")
		assert.Greater(t, ok, 100*time.Second)
		assert.Equal(t, ok+330*time.Second, took(t, h, "queued"))
		assert.Greater(t, took(t, h, "long"), 4*ok)
		assert.Zero(t, took(t, demo.Handler(demo.Options{Root: project()}), "ok"))
	})
}
