package provider

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/resume"
)

func TestResume(t *testing.T) {
	first := func(events []string, n int) string { return strings.Join(events[:n], "") }
	long := responsesReply("resp_1", "a", "b", "c")
	turn := interactionsReply("v1_abc", "a", "b", "c")
	for name, tc := range map[string]struct {
		url, body            string
		method, wants, value string
	}{
		"responses":                    {responsesURL, first(long, 5), "GET", responsesURL + "/resp_1?stream=true&starting_after=4", ""},
		"responses, the opening alone": {responsesURL, first(long, 1), "GET", responsesURL + "/resp_1?stream=true&starting_after=0", ""},
		"azure": {
			"https://x.openai.azure.com/openai/responses/?api-version=preview&stream=1#top", first(long, 4),
			"GET", "https://x.openai.azure.com/openai/responses/resp_1?api-version=preview&stream=true&starting_after=3", "",
		},
		"a page's own path": {"/api/v1/responses", first(long, 4), "GET", "/api/v1/responses/resp_1?stream=true&starting_after=3", ""},
		"interactions":      {interactionsURL + "?key=K", first(turn, 5), "GET", interactionsURL + "/v1_abc?key=K&stream=true&last_event_id=v1_abc%2F4%3D%3D", ""},
		"interactions, an escaped id": {
			interactionsURL, turn[0] + `data: {"event_type":"step.delta","event_id":"a\u003d\/","delta":{"type":"text","text":"x"}}` + "\n\n",
			"GET", interactionsURL + "/v1_abc?stream=true&last_event_id=a%3D%2F", "",
		},
		"chat with ids":             {chatURL, first(chatReply("c", "a", "b"), 2), "", chatURL, "1"},
		"events of an unknown kind": {plainURL + "?x=1", "id: 7-0\ndata: a\n\nid: 8-0\ndata: b\n\n: ping\n\n", "", plainURL + "?x=1", "8-0"},
		"damaged in the middle":     {chatURL, first(chatReply("c", "a", "b"), 2) + "id: 2\ndata: {\"choices\n\n", "", chatURL, "1"},
		"responses that are not kept, with ids": {
			responsesURL, "id: a\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"background\":false},\"sequence_number\":0}\n\n", "", responsesURL, "a",
		},
	} {
		for _, chunk := range []int{1, 1 << 20} {
			r := tracked(tc.url)
			read(r, tc.body, chunk)
			u, ok := r.Resume()
			require.True(t, ok, name)
			url, ok := u.URL(tc.url)
			require.True(t, ok, name)
			assert.Equal(t, tc.method, u.Method, name)
			assert.Equal(t, tc.wants, url, name)
			assert.Equal(t, tc.method == "", u.KeepBody, name)
			assert.Equal(t, tc.value, u.HeaderValue, name)
			assert.Equal(t, tc.value != "", u.HeaderName == "Last-Event-ID", name)
			again, ok := r.NewResumed().Resume()
			assert.True(t, ok, "%s: nothing new came", name)
			assert.Equal(t, u, again, name)
		}
	}
}

func TestNoResume(t *testing.T) {
	opening := func(id string, fields string) string {
		return `data: {"type":"response.created","response":{"id":"` + id + `"` + fields + `},"sequence_number":0}` + "\n\n"
	}
	kept := `,"background":true`
	delta := func(number string) string {
		return `data: {"type":"response.output_text.delta","delta":"x","sequence_number":` + number + "}\n\n"
	}
	step := func(id string) string {
		return `data: {"event_type":"step.delta","event_id":"` + id + `","delta":{"type":"text","text":"x"}}` + "\n\n"
	}
	turn := func(id string) string {
		return `data: {"event_type":"interaction.created","interaction":{"id":"` + id + `"}}` + "\n\n"
	}
	huge := "resp_1" + strings.Repeat("a", 10<<20)
	for name, tc := range map[string]struct{ url, body string }{
		"nothing came":               {responsesURL, ""},
		"not in the background":      {responsesURL, opening("resp_1", `,"background":false`) + delta("1")},
		"nothing said of background": {responsesURL, opening("resp_1", "") + delta("1")},
		"not stored":                 {responsesURL, opening("resp_1", kept+`,"store":false`) + delta("1")},
		"no opening":                 {responsesURL, delta("1")},
		"no id":                      {responsesURL, opening("", kept)},
		"an id that is a path":       {responsesURL, opening("../files/x1", kept)},
		"dots":                       {responsesURL, opening("......", kept)},
		"a method":                   {responsesURL, opening("resp_1:cancel", kept)},
		"a query":                    {responsesURL, opening("resp_1?a=b", kept)},
		"a NUL":                      {responsesURL, opening(`resp_1\u0000`, kept)},
		"a newline":                  {responsesURL, opening(`resp_1\n`, kept)},
		"beyond ASCII":               {responsesURL, opening("resp_1é", kept)},
		"a long id":                  {responsesURL, opening("resp_1"+strings.Repeat("a", resume.MaxPathID), kept)},
		"another endpoint":           {responsesURL, opening("cancel", kept) + delta("1")},
		"one of two words":           {responsesURL, opening("input_items", kept) + delta("1")},
		"one with a hyphen":          {responsesURL, opening("input-tokens", kept) + delta("1")},
		"a short one with a digit":   {responsesURL, opening("v1", kept) + delta("1")},
		"10 MB of id":                {responsesURL, opening(huge, kept)},
		"another id later":           {responsesURL, opening("resp_1", kept) + strings.Replace(opening("resp_2", kept), ":0}", ":1}", 1)},
		"a gap":                      {responsesURL, opening("resp_1", kept) + delta("2")},
		"backwards":                  {responsesURL, opening("resp_1", kept) + delta("1") + delta("1")},
		"a negative number":          {responsesURL, opening("resp_1", kept) + delta("-1")},
		"half a number":              {responsesURL, opening("resp_1", kept) + delta("1.5")},
		"a huge number":              {responsesURL, opening("resp_1", kept) + delta("99999999999999999999")},
		"no number":                  {responsesURL, opening("resp_1", kept) + delta("null")},
		"the provider's own error":   {responsesURL, opening("resp_1", kept) + `data: {"type":"response.failed","response":{"id":"resp_1","error":{"code":"server_error","message":"m"}},"sequence_number":1}` + "\n\n"},
		"complete":                   {responsesURL, strings.Join(responsesReply("resp_1", "x"), "")},

		"interactions without event ids":  {interactionsURL, turn("v1_abc") + `data: {"event_type":"step.start","index":0}` + "\n\n"},
		"interactions, text without one":  {interactionsURL, turn("v1_abc") + step("a") + `data: {"event_type":"step.delta","delta":{"type":"text","text":"x"}}` + "\n\n"},
		"interactions, a NUL":             {interactionsURL, turn("v1_abc") + step(`a\u0000`)},
		"interactions, a newline":         {interactionsURL, turn("v1_abc") + step(`a\n`)},
		"interactions, 10 MB of event id": {interactionsURL, turn("v1_abc") + step(huge)},
		"interactions, one id twice":      {interactionsURL, turn("v1_abc") + step("a") + step("b") + step("a")},
		"interactions, another endpoint":  {interactionsURL, turn("cancel") + step("a")},
		"interactions, an odd id":         {interactionsURL, turn("v1_abc/../w") + step("a")},

		"no ids at all":          {plainURL, "data: a\n\ndata: b\n\n"},
		"one id for all":         {plainURL, "id: a\ndata: a\n\ndata: b\n\n"},
		"the same id said again": {plainURL, "id: a\ndata: a\n\nid: a\ndata: b\n\n"},
		"ids that come back":     {plainURL, "id: a\ndata: a\n\nid: b\ndata: b\n\nid: a\ndata: c\n\n"},
		"an id with a NUL":       {plainURL, "id: a\x00\ndata: a\n\n"},
		"an id with a blank":     {plainURL, "id: a b\ndata: a\n\n"},
		"an id beyond ASCII":     {plainURL, "id: é\ndata: a\n\n"},
		"an id with a control":   {plainURL, "id: a\x1b[1m\ndata: a\n\n"},
		"an id taken back":       {plainURL, "id: a\ndata: a\n\nid:\ndata: b\n\n"},
		"10 MB of SSE id":        {plainURL, "id: " + huge + "\ndata: a\n\n"},
		"an error with an id":    {chatURL, "id: 1\ndata: {\"error\":{\"message\":\"Overloaded\"}}\n\n"},
	} {
		for _, chunk := range []int{1, 1 << 20} {
			if chunk == 1 && len(tc.body) > 1<<20 {
				continue
			}
			r := tracked(tc.url)
			read(r, tc.body, chunk)
			_, ok := r.Resume()
			assert.False(t, ok, name)
		}
	}

	r := Find(responsesURL, "").NewReader()
	read(r, opening("resp_1", kept), 1)
	_, ok := r.Resume()
	assert.False(t, ok, "nobody asked")

	for _, url := range []string{"https://example.com/api/chat", "https://example.com/v1/responses/compact", "", "::"} {
		r := tracked(url)
		read(r, opening("resp_1", kept), 1)
		u, ok := r.Resume()
		require.True(t, ok)
		_, ok = u.URL(url)
		assert.False(t, ok, url)
	}
}

func TestResumedStream(t *testing.T) {
	long := responsesReply("resp_1", "one ", "two ", `three \ud83d`, `\ude00 four`)
	turn := interactionsReply("v1_abc", "one ", "two ", `three \ud83d`, `\ude00 four`)
	talk := chatReply("c", "one ", "two ", `three \ud83d`, `\ude00 four`)
	const whole = "one two three 😀 four"
	cat := func(parts ...[]string) (all []string) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for name, tc := range map[string]struct {
		url    string
		whole  []string
		n      int // events of it before the break
		answer []string
		// Nothing set means: the reply goes on.
		lost, restarted bool
	}{
		"responses":                         {responsesURL, long, 6, long[6:], false, false},
		"responses, some again":             {responsesURL, long, 6, long[4:], false, false},
		"responses, all again":              {responsesURL, long, 6, long, false, false},
		"responses, pings first":            {responsesURL, long, 6, cat([]string{"retry: 1\n\n", ": x\n\n"}, long[6:]), false, false},
		"responses, a gap":                  {responsesURL, long, 4, long[5:], true, false},
		"responses, a gap in what is again": {responsesURL, long, 6, cat(long[3:4], long[5:]), true, false},
		"responses, a gap afterwards":       {responsesURL, long, 4, cat(long[4:5], long[6:]), true, false},
		"responses, backwards":              {responsesURL, long, 4, cat(long[4:5], long[4:]), true, false},
		"responses, text without a number":  {responsesURL, long, 4, cat([]string{`data: {"type":"response.output_text.delta","delta":"x"}` + "\n\n"}, long[4:]), true, false},
		"responses, another one":            {responsesURL, long, 5, responsesReply("resp_2", "uno ", "dos "), true, false},
		"responses, the rest of another":    {responsesURL, long, 4, responsesReply("resp_2", "uno ", "dos ", "tres ")[4:], true, false},
		"responses, the end of another":     {responsesURL, long, 8, responsesReply("resp_2", "uno ", "dos ", "tres ", "cuatro ")[8:], true, false},

		"interactions":                          {interactionsURL, turn, 6, turn[6:], false, false},
		"interactions, some again":              {interactionsURL, turn, 6, turn[4:], false, false},
		"interactions, all again":               {interactionsURL, turn, 6, turn, false, false},
		"interactions, opened again":            {interactionsURL, turn, 6, cat(turn[:2], turn[6:]), false, false},
		"interactions, out of order":            {interactionsURL, turn, 6, cat(turn[4:5], turn[3:]), true, false},
		"interactions, a gap in the replay":     {interactionsURL, turn, 7, cat(turn[3:4], turn[5:]), true, false},
		"interactions, a hole after the replay": {interactionsURL, turn, 6, cat(turn[3:4], turn[6:]), true, false},
		"interactions, opened and begun again":  {interactionsURL, turn, 6, cat(turn[:3], turn[6:]), true, false},
		"interactions, backwards":               {interactionsURL, turn, 4, cat(turn[4:6], turn[3:]), true, false},
		"interactions, another one":             {interactionsURL, turn, 5, interactionsReply("v1_xyz", "uno "), true, false},
		"interactions, again without ids":       {interactionsURL, turn, 5, cat(turn[2:3], turn[3:]), true, false},

		"chat":                             {chatURL, talk, 4, talk[4:], false, false},
		"chat, some again":                 {chatURL, talk, 4, talk[2:], false, false},
		"chat, all again":                  {chatURL, talk, 4, talk, false, false},
		"chat, another one":                {chatURL, talk, 3, chatReply("d", "uno ", "dos "), false, true},
		"chat, the rest of another":        {chatURL, talk, 3, chatReply("d", "uno ", "dos ", "tres ")[3:], true, false},
		"chat, a gap":                      {chatURL, talk, 3, talk[4:], true, false},
		"chat, another text by the ids":    {chatURL, talk, 3, chatReply("c", "uno ", "dos "), true, false},
		"chat, without ids":                {chatURL, talk, 3, []string{strings.TrimPrefix(talk[3], "id: 3\n")}, true, false},
		"chat, anew without ids":           {chatURL, talk, 3, []string{strings.TrimPrefix(talk[0], "id: 0\n")}, true, false},
		"chat, anew after one event":       {chatURL, talk, 1, chatReply("d", "uno "), true, false},
		"chat, anew and no id of the chat": {chatURL, talk, 3, []string{`id: zz` + "\n" + `data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}` + "\n\n"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, chunk := range []int{1, 1 << 20} {
				r := tracked(tc.url)
				before := read(r, strings.Join(tc.whole[:tc.n], ""), chunk)
				require.Nil(t, before.failure)
				_, ok := r.Resume()
				require.True(t, ok)
				next := r.NewResumed()
				after := read(next, strings.Join(tc.answer, ""), chunk)
				_, ok = next.Resume()
				assert.Equal(t, tc.lost, after.failure != nil)
				assert.Equal(t, tc.restarted, after.restarted)
				switch {
				case tc.lost:
					assert.Equal(t, failure.Truncated, after.failure.Kind)
					assert.True(t, after.failure.Retryable)
					assert.False(t, ok, "only a new start helps")
					assert.False(t, next.Complete())
					assert.NotContains(t, after.text, "tres", "the part of the reply is another's")
				case tc.restarted:
					assert.Equal(t, "uno dos ", after.text)
					assert.True(t, next.Complete())
				default:
					assert.Equal(t, whole, before.text+after.text)
					assert.True(t, next.Complete())
					all := read(tracked(tc.url), strings.Join(tc.whole, ""), chunk).events
					assert.Equal(t, all, append(before.events, after.events...))
				}
				_, ok = r.Resume()
				assert.True(t, ok, "the first reader is as it was")
			}
		})
	}
}

// TestResumeAgain breaks off after every event, each time with a replay.
func TestResumeAgain(t *testing.T) {
	words := []string{"a ", "b ", "c ", "d ", "e "}
	for url, make := range map[string]reply{responsesURL: responsesReply, interactionsURL: interactionsReply, chatURL: chatReply} {
		events := make("resp_1", words...)
		r := tracked(url)
		got := read(r, strings.Join(events[:4], ""), 7)
		for n := 4; !r.Complete(); n++ {
			r = r.NewResumed()
			next := read(r, strings.Join(events[max(n-2, 3):n+1], ""), 7)
			require.Nil(t, next.failure, "%s: event %d", url, n)
			got.text += next.text
		}
		assert.Equal(t, strings.Join(words, ""), got.text)
		assert.True(t, r.Complete())
	}
}

// TestTrackingSeesEveryEvent reads events that are the same but for their place.
func TestTrackingSeesEveryEvent(t *testing.T) {
	for url, events := range map[string][]string{
		"starting_after=6":               responsesReply("resp_1", "a", "b", "c", "d", "e"),
		"last_event_id=resp_1%2F6%3D%3D": interactionsReply("resp_1", "a", "b", "c", "d", "e"),
	} {
		first := map[bool]string{true: responsesURL, false: interactionsURL}[url == "starting_after=6"]
		r := tracked(first)
		for _, event := range events[:7] {
			throughTemplate(r, event)
		}
		u, ok := r.Resume()
		require.True(t, ok)
		got, _ := u.URL(first)
		assert.Contains(t, got, url)
	}
}

func TestTrackingEnds(t *testing.T) {
	r := tracked(chatURL)
	event := `data: {"id":"c","choices":[{"index":0,"delta":{"content":"x"}}]}` + "\n\n"
	read(r, strings.Repeat(event, resume.MaxMisses+2), 1<<20)
	assert.Nil(t, r.track, "events without ids are soon read as fast as ever")
	_, ok := r.Resume()
	assert.False(t, ok)

	var longer strings.Builder
	for n := range resume.MaxPoints + 1 {
		longer.WriteString("id: x" + strconv.Itoa(n) + "\ndata: x\n\n")
	}
	r = tracked(plainURL)
	read(r, longer.String(), 1<<20)
	_, ok = r.Resume()
	assert.False(t, ok, "ids that do not count")
}
