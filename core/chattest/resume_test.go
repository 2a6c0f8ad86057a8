package chattest_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

// resumable is one fake that can continue a reply, and how to ask for it.
type resumable struct {
	start func(chattest.TB, ...chattest.Step) *chattest.Server
	path  string
	end   string
	// rest returns the request for what follows the events.
	rest func(events []string) (method, path, lastEventID string)
}

func resumables() map[string]resumable {
	match := func(pattern, in string) string {
		all := regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1)
		return all[len(all)-1][1]
	}
	return map[string]resumable{
		"responses": {chattest.NewOpenAIResponses, "/v1/responses", `"response.completed"`, func(events []string) (string, string, string) {
			all := strings.Join(events, "")
			return "GET", "/" + match(`"id":"(resp_\w+)"`, all) + "?stream=true&starting_after=" + match(`"sequence_number":(\d+)`, all), ""
		}},
		"interactions": {chattest.NewInteractions, "/v1beta/interactions", `"interaction.completed"`, func(events []string) (string, string, string) {
			all := strings.Join(events, "")
			return "GET", "/" + match(`"id":"(v1_\w+)"`, all) + "?stream=true&last_event_id=" + match(`"event_id":"([^"]+)"`, all), ""
		}},
		"event ids": {chattest.NewEventIDs, "/v1/chat/completions", "[DONE]", func(events []string) (string, string, string) {
			return "POST", "", match(`(?m)^id: (.*)$`, strings.Join(events, ""))
		}},
	}
}

// breakOff gets the first events of a reply that the script's first step cuts.
func (a resumable) breakOff(t *testing.T, s *chattest.Server) []string {
	t.Helper()
	body, err := io.ReadAll(post(t, s.URL+a.path, `{"stream":true}`).Body)
	require.Error(t, err)
	parts := strings.SplitAfter(string(body), "\n\n")
	return parts[:len(parts)-1]
}

func (a resumable) goOn(t *testing.T, s *chattest.Server, events []string) (int, []string) {
	t.Helper()
	method, path, id := a.rest(events)
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader(`{"stream":true}`)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+a.path+path, body)
	require.NoError(t, err)
	if id != "" {
		req.Header.Set("Last-Event-ID", id)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	data, _ := io.ReadAll(resp.Body)
	parts := strings.SplitAfter(string(data), "\n\n")
	return resp.StatusCode, parts[:len(parts)-1]
}

func TestContinue(t *testing.T) {
	const n = 6
	for name, a := range resumables() {
		t.Run(name, func(t *testing.T) {
			whole, err := io.ReadAll(post(t, a.start(t, chattest.Reply(chattest.DefaultText, chattest.Background())).URL+a.path, `{"stream":true}`).Body)
			require.NoError(t, err)
			parts := strings.SplitAfter(string(whole), "\n\n")
			all := parts[:len(parts)-1]
			cut := chattest.CutAfterEvents(n, chattest.Background())
			for _, tt := range []struct {
				name  string
				steps []chattest.Step
				from  int
			}{
				{"the default", nil, n},
				{"continue", []chattest.Step{chattest.Continue()}, n},
				{"its own text does not matter", []chattest.Step{chattest.Reply("Something else")}, n},
				{"replay", []chattest.Step{chattest.Continue(chattest.Replay(2))}, n - 2},
				{"replay of all", []chattest.Step{chattest.Continue(chattest.Replay(99))}, 0},
				{"gap", []chattest.Step{chattest.Continue(chattest.Replay(-2))}, n + 2},
			} {
				s := a.start(t, append([]chattest.Step{cut}, tt.steps...)...)
				events := a.breakOff(t, s)
				require.Equal(t, all[:n], events)
				status, rest := a.goOn(t, s, events)
				assert.Equal(t, 200, status, tt.name)
				assert.Equal(t, all[tt.from:], rest, tt.name)
			}

			s := a.start(t, cut, chattest.CutAfterEvents(2), chattest.Expired(), chattest.Continue())
			events := a.breakOff(t, s)
			_, more := a.goOn(t, s, events)
			assert.Equal(t, all[n:n+2], more, "it can break off again")
			events = append(events, more...)
			status, _ := a.goOn(t, s, events)
			assert.Equal(t, 404, status)
			_, more = a.goOn(t, s, events)
			assert.Equal(t, all[n+2:], more)
			assert.Contains(t, more[len(more)-1], a.end)
		})
	}
}

func TestContinueWithSomethingElse(t *testing.T) {
	for name, a := range resumables() {
		t.Run(name, func(t *testing.T) {
			cut := chattest.CutAfterEvents(6, chattest.Background())
			s := a.start(t, cut, chattest.ContinueOther(strings.Repeat(" other", 20)))
			_, rest := a.goOn(t, s, a.breakOff(t, s))
			assert.Contains(t, strings.Join(rest, ""), "other")

			s = a.start(t, cut, chattest.ContinueAnew("A new reply"))
			events := a.breakOff(t, s)
			_, rest = a.goOn(t, s, events)
			if name == "event ids" {
				assert.Contains(t, strings.Join(rest, ""), " new")
			} else {
				assert.Equal(t, events, rest[:6])
			}
			assert.Contains(t, rest[len(rest)-1], a.end)
		})
	}
}

func TestNothingToContinue(t *testing.T) {
	a := resumables()["responses"]
	s := a.start(t, chattest.CutAfterEvents(6))
	status, _ := a.goOn(t, s, a.breakOff(t, s))
	assert.Equal(t, 400, status, "not in background mode")
	for name, a := range resumables() {
		if name == "event ids" {
			continue // such a server starts a new reply only if the script says so
		}
		other := a.start(t, chattest.CutAfterEvents(6, chattest.Background()))
		events := a.breakOff(t, other)
		status, _ := a.goOn(t, a.start(t), events)
		assert.Equal(t, 404, status, name)
	}
}
