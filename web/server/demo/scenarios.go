package demo

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
)

// Scenario is what happens to one message of the page.
type Scenario struct {
	// ID is the scenario's name in URLs.
	ID string `json:"id"`
	// Label and Description are for the page's picker.
	Label       string `json:"label"`
	Description string `json:"description"`

	// Steps gives what happens to the message's first requests; every later one
	// gets Message.Reply. nil means that the first one does.
	Steps func(m Message) []chattest.Step `json:"-"`
	// Forever repeats the last step for every later request.
	Forever bool `json:"-"`
	// TitleFails refuses requests for a title with a 401.
	TitleFails bool `json:"-"`
}

// Message is a message of the page as a scenario sees it.
type Message struct {
	// Provider is its id in the URL.
	Provider string
	// Reply is the complete answer.
	Reply chattest.Step
	// Pace is Options.Pace.
	Pace time.Duration

	errors providerErrors
}

// broken returns the reply with the fault of a step.
func (m Message) broken(by chattest.Step) chattest.Step {
	s := m.Reply
	s.Fault, s.After, s.Error, s.Tail = by.Fault, by.After, by.Error, by.Tail
	return s
}

// midText is a number of events after which every provider is in the middle of
// the text, about three sentences in.
const midText = 60

// Scenarios lists the scenarios of the package in the order for a picker: those
// that end well, then those that need a person.
func Scenarios() []Scenario {
	return []Scenario{
		{ID: "ok", Label: "Nothing goes wrong", Description: "The reply streams to its end."},
		{
			ID: "rate-limit", Label: "Rate limit", Description: "Refused twice with a 429, then fine.",
			Steps: func(m Message) []chattest.Step {
				limited := chattest.ErrorResponse(m.errors.rateLimit)
				return []chattest.Step{limited, limited}
			},
		},
		{
			ID: "rate-limit-delay", Label: "Rate limit with a delay",
			Description: "A 429 that asks for a pause of five seconds, then fine.",
			Steps: func(m Message) []chattest.Step {
				limited := chattest.ErrorResponse(m.errors.rateLimitDelay)
				if m.Provider != "gemini" { // Gemini says it in the body only.
					limited.Header = http.Header{"Retry-After": {retryAfter}}
				}
				return []chattest.Step{limited}
			},
		},
		{
			ID: "overloaded", Label: "Overloaded", Description: "The provider has no capacity, then fine.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{chattest.ErrorResponse(m.errors.overloaded)}
			},
		},
		{
			ID: "overloaded-midstream", Label: "Overloaded mid-reply",
			Description: "An error comes inside a reply that had begun well, then fine.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{m.broken(chattest.FailInStream(midText, m.errors.overloaded))}
			},
		},
		{
			ID: "cut", Label: "Connection lost", Description: "The connection breaks mid-reply, then fine.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{m.broken(chattest.CutAfterEvents(midText))}
			},
		},
		{
			ID: "truncated", Label: "Reply cut short",
			Description: "The reply ends early and looks complete to a careless reader, then fine.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{m.broken(chattest.EndEarly(midText))}
			},
		},
		{
			ID: "stall", Label: "Silence", Description: "The reply stops mid-sentence and nothing more comes, then fine.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{m.broken(chattest.Stall(midText))}
			},
		},
		{
			ID: "server-error", Label: "Server errors", Description: "A 500, then a 503, then fine.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{
					chattest.ErrorResponse(m.errors.internal),
					chattest.ErrorResponse(m.errors.unavailable),
				}
			},
		},
		{
			ID: "html", Label: "Gateway error page", Description: "A 502 with a web page in place of an answer, then fine.",
			Steps: func(Message) []chattest.Step {
				return []chattest.Step{chattest.RawResponse(http.StatusBadGateway,
					http.Header{"Content-Type": {"text/html"}}, gatewayPage)}
			},
		},
		{
			ID: "queued", Label: "Queued", Description: "Only signs of life for ten seconds, then the reply.",
			Steps: func(m Message) []chattest.Step {
				queued := m.Reply
				queued.Pings, queued.PingEvery = 10, 33*m.Pace
				return []chattest.Step{queued}
			},
		},
		{
			// No server can take the network away.
			ID: "offline", Label: "No network for a while",
			Description: "Up to you: switch the network off, send, and switch it on again. Or choose Offline in the developer tools.",
		},
		{
			ID: "long", Label: "Long reply", Description: "A long reply, slowly: time to press Stop.",
			Steps: func(m Message) []chattest.Step {
				long := m.Reply
				long.Text, long.Pace = longText(long.Text), 2*m.Pace
				return []chattest.Step{long}
			},
		},
		{
			ID: "title-fails", Label: "No title", Description: "The reply is fine, but the chat's title cannot be had.",
			TitleFails: true,
		},
		{
			ID: "down", Label: "Provider down", Description: "A 503 every time: it retries until you stop it.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{chattest.ErrorResponse(m.errors.unavailable)}
			},
			Forever: true,
		},
		{
			ID: "wrong-key", Label: "Wrong API key", Description: "A 401: trying again cannot help.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{chattest.ErrorResponse(m.errors.wrongKey)}
			},
			Forever: true,
		},
		{
			ID: "quota", Label: "Quota used up", Description: "A 429 for lack of credit: trying again cannot help.",
			Steps: func(m Message) []chattest.Step {
				return []chattest.Step{chattest.ErrorResponse(m.errors.quota)}
			},
			Forever: true,
		},
		final("forbidden", "Not allowed", "A 403: the key is good but may not do this.",
			chattest.Error{Status: http.StatusForbidden, Message: "Your account is not allowed to use this model."}),
		final("no-model", "Unknown model", "A 404: the model's name is wrong.",
			chattest.Error{Status: http.StatusNotFound, Code: "model_not_found", Message: "The model gpt-0 does not exist or you do not have access to it."}),
		final("too-long", "Conversation too long", "A 400: more than the model can read.",
			chattest.Error{Status: http.StatusBadRequest, Code: "context_length_exceeded", Message: "prompt is too long: 210000 tokens > 200000 maximum"}),
		final("filtered", "Refused for safety", "A 400: a content filter stopped the prompt.",
			chattest.Error{Status: http.StatusBadRequest, Code: "content_filter", Message: "The prompt was stopped by the content filter."}),
		final("bad-request", "Bad request", "A 400: the provider cannot work with the request.",
			chattest.Error{Status: http.StatusBadRequest, Message: "temperature: must be between 0 and 1"}),
		{
			ID: "long-wait", Label: "Asked to wait a day", Description: "A 429 that asks for a day: too long to wait for.",
			Steps: func(m Message) []chattest.Step {
				limited := chattest.ErrorResponse(m.errors.rateLimit)
				limited.Header = http.Header{"Retry-After": {"86400"}}
				return []chattest.Step{limited}
			},
			Forever: true,
		},
		{
			ID: "web-page", Label: "Not a stream", Description: "A web page in place of a stream: the address is wrong.",
			Steps: func(Message) []chattest.Step {
				return []chattest.Step{chattest.RawResponse(http.StatusOK, http.Header{"Content-Type": {"text/html"}}, gatewayPage)}
			},
			Forever: true,
		},
	}
}

// final is a scenario in which every attempt fails with an error that no other
// attempt can cure.
func final(id, label, description string, err chattest.Error) Scenario {
	return Scenario{
		ID: id, Label: label, Description: description, Forever: true,
		Steps: func(Message) []chattest.Step { return []chattest.Step{chattest.ErrorResponse(err)} },
	}
}

const gatewayPage = `<!doctype html>
<html>
<head><title>502 Bad Gateway</title></head>
<body>
<h1>502 Bad Gateway</h1>
<p>The server behind this gateway gave no valid answer.</p>
</body>
</html>
`

// script turns a scenario into the script of one message.
func (s Scenario) script(m Message) *chattest.Script {
	script := &chattest.Script{Then: &m.Reply}
	if s.Steps == nil {
		return script
	}
	script.Steps = s.Steps(m)
	if n := len(script.Steps); s.Forever && n > 0 {
		script.Then = &script.Steps[n-1]
	}
	return script
}

// merge adds the extra scenarios, in place of those with the same id.
func merge(scenarios, extra []Scenario) []Scenario {
	for _, e := range extra {
		i := slices.IndexFunc(scenarios, func(s Scenario) bool { return s.ID == e.ID })
		if i < 0 {
			scenarios = append(scenarios, e)
		} else {
			scenarios[i] = e
		}
	}
	return scenarios
}

// listScenarios serves the scenarios for the page's picker.
func listScenarios(scenarios []Scenario) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		// An error means that the browser went away.
		_ = json.NewEncoder(w).Encode(scenarios)
	})
}
