package stream_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// resumable is an API that gives the rest of a reply that broke off.
type resumable struct {
	fake func(*chattest.Script) http.Handler
	url  string
	// reply is the pattern of the reply's id, token that of the last event that can
	// be named; end is in the event that completes the reply.
	reply, token *regexp.Regexp
	end          string
	// rest makes the request for what follows.
	rest func(url, reply, token string) asked
	err  chattest.Error
}

// asked is a request, without the headers that all have in common.
type asked struct{ method, url, body, lastEventID string }

const askedBody = `{"stream":true,"stream_options":{"include_usage":true}}`

func resumables() map[string]resumable {
	get := func(name string) func(string, string, string) asked {
		return func(first, reply, token string) asked {
			base, query, _ := strings.Cut(first, "?")
			if query != "" {
				query += "&"
			}
			return asked{method: "GET", url: base + "/" + reply + "?" + query + "stream=true&" + name + "=" + url.QueryEscape(token)}
		}
	}
	openAIError := chattest.Error{Status: 500, Message: "The server had an error while processing your request."}
	return map[string]resumable{
		"responses": {
			fake: chattest.OpenAIResponses, url: "https://api.openai.com/v1/responses",
			reply: regexp.MustCompile(`"id":"(resp_\w+)"`), token: regexp.MustCompile(`"sequence_number":(\d+)`),
			end: `"type":"response.completed"`, rest: get("starting_after"), err: openAIError,
		},
		"interactions": {
			fake: chattest.Interactions, url: "https://generativelanguage.googleapis.com/v1beta/interactions?key=SECRET",
			reply: regexp.MustCompile(`"id":"(v1_\w+)"`), token: regexp.MustCompile(`"event_id":"([^"]+)"`),
			end: `"event_type":"interaction.completed"`, rest: get("last_event_id"),
			err: chattest.Error{Status: 503, Message: "The model is overloaded. Please try again later."},
		},
		"event ids": {
			fake: chattest.EventIDs, url: "https://example.test/v1/chat/completions?key=SECRET",
			reply: regexp.MustCompile(`(?m)^id: (\d+)-`), token: regexp.MustCompile(`(?m)^id: (.*)$`),
			end: `"finish_reason":"stop"`, err: openAIError,
			rest: func(first, _, token string) asked {
				return asked{method: "POST", url: first, body: askedBody, lastEventID: token}
			},
		},
	}
}

func (api resumable) first() asked { return asked{method: "POST", url: api.url, body: askedBody} }

// after returns the request for what follows this beginning of a reply, of which
// only whole events count; without any that can be named it is the first again.
func (api resumable) after(begun string) asked {
	begun = begun[:max(strings.LastIndex(begun, "\n\n"), 0)]
	reply := api.reply.FindStringSubmatch(begun)
	tokens := api.token.FindAllStringSubmatch(begun, -1)
	if reply == nil || len(tokens) == 0 {
		return api.first()
	}
	return api.rest(api.url, reply[1], tokens[len(tokens)-1][1])
}

// origin is the API's fake, asked without any connection.
type origin struct {
	api   resumable
	serve func(asked) *httptest.ResponseRecorder
	// asked are the requests and given the bodies of the answers, before any cut.
	asked []asked
	given []string
}

func newOrigin(api resumable, steps ...chattest.Step) *origin {
	handler := api.fake(chattest.NewScript(steps...))
	return &origin{api: api, serve: func(q asked) *httptest.ResponseRecorder { return q.send(handler) }}
}

func (q asked) send(handler http.Handler) *httptest.ResponseRecorder {
	req := httptest.NewRequest(q.method, q.url, strings.NewReader(q.body))
	if q.lastEventID != "" {
		req.Header.Set("Last-Event-ID", q.lastEventID)
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, req)
	return rec
}

// request makes the attempt's request out of the first one.
func (q asked) request(a *stream.Attempt) asked {
	r := a.Resume()
	if r == nil {
		return q
	}
	q.url = r.URL
	if r.Method != "" {
		q.method = r.Method
	}
	if !r.KeepBody {
		q.body = ""
	}
	if r.HeaderName != "" {
		q.lastEventID = r.HeaderName + ": " + r.HeaderValue
		q.lastEventID = strings.TrimPrefix(q.lastEventID, "Last-Event-ID: ")
	}
	return q
}

// ask returns the whole answer to an attempt's request.
func (o *origin) ask(a *stream.Attempt) *httptest.ResponseRecorder {
	q := o.api.first().request(a)
	rec := o.serve(q)
	o.asked, o.given = append(o.asked, q), append(o.given, rec.Body.String())
	return rec
}

// reply is the reply that was asked for last.
func (o *origin) reply() string {
	for i := len(o.asked) - 1; ; i-- {
		if i == 0 || o.asked[i] == o.api.first() {
			return o.given[i]
		}
	}
}

// whole answers as the script says.
func (o *origin) whole(_ context.Context, a *stream.Attempt) error {
	return give(a, o.ask(a), -1, "", nil)
}

// cut answers with the first n bytes and this end of the transfer.
func (o *origin) cut(n int, end error) call {
	return func(_ context.Context, a *stream.Attempt) error { return give(a, o.ask(a), n, "", end) }
}

// give feeds an answer, its first n bytes where n is not negative, then the tail.
func give(a *stream.Attempt, rec *httptest.ResponseRecorder, n int, tail string, end error) error {
	body := rec.Body.Bytes()
	head := provider.Response{StatusCode: rec.Code, Header: rec.Header().Get}
	if rec.Code >= 300 {
		head.Body = body
	}
	if !a.Respond(head) {
		return nil
	}
	if n >= 0 {
		body = body[:min(n, len(body))]
	}
	a.Waiting()
	if !a.Feed(body) || tail != "" && !a.Feed([]byte(tail)) {
		return nil
	}
	return end
}

// joined is who reads a stream that resumes: all events since the last reset.
type joined struct {
	events []string
	text   strings.Builder
	resets []int
}

func (j *joined) onEvent(ev *stream.Event) {
	if ev.Reset > 0 {
		j.resets = append(j.resets, ev.Reset)
		j.events = nil
		j.text.Reset()
		return
	}
	if len(ev.Data) == 0 {
		return // a line "data" cut off before its value, then a blank line
	}
	j.events = append(j.events, string(ev.Type)+"|"+string(ev.ID)+"|"+string(ev.Data))
	j.text.Write(ev.Text)
}

// inEvents returns the events of a body as joined notes them.
func inEvents(body string) (events []string) {
	id := ""
	for block := range strings.SplitSeq(body, "\n\n") {
		var typ, data string
		for line := range strings.SplitSeq(block, "\n") {
			field, value, _ := strings.Cut(line, ": ")
			switch field {
			case "event":
				typ = value
			case "data":
				data = value
			case "id":
				id = value
			}
		}
		if data != "" {
			events = append(events, typ+"|"+id+"|"+data)
		}
	}
	return events
}
