package resume_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/internal/resume"
	"github.com/retrystream/retrystream/core/sse"
)

// event is one of a reply: the data, and the id that its framing has.
type event struct{ id, data string }

// follow has the tracker follow events that were read, and says what each was.
func follow(t *resume.Tracker, d *dialect.Dialect, events ...event) (joints []resume.Joint) {
	f := dialect.Fact{WithPlace: true}
	for _, e := range events {
		ev := sse.Event{ID: []byte(e.id), Data: []byte(e.data)}
		d.Parse(ev, &f)
		p := t.Place(d, ev, &f.Place)
		joint := t.Join(p, d)
		if joint == resume.Fresh && !t.Follow(p, d, f.Progress, f.Done) {
			joint = resume.Lost
		}
		joints = append(joints, joint)
	}
	return joints
}

// opening and step are events of the Responses API in background mode.
func opening(id string) event {
	return event{data: `{"type":"response.created","response":{"id":"` + id + `","background":true},"sequence_number":0}`}
}

func step(number string) event {
	return event{data: `{"type":"response.output_text.delta","delta":"x","sequence_number":` + number + `}`}
}

func TestIDs(t *testing.T) {
	for id, safe := range map[string]bool{
		"resp_68e0": true, "abc-1.~=": true, "r" + strings.Repeat("1", resume.MaxPathID-1): true,
		"": false, "resp1": false, "r" + strings.Repeat("1", resume.MaxPathID): false,
		"cancel": false, "input_items": false, // endpoints beside the replies
		"../v1/files/1": false, "resp_1?x=1": false, "resp_1#": false, "resp_1%2e": false, "resp 1": false, "resp_é1": false,
	} {
		tracker := resume.New()
		follow(tracker, &dialect.Responses, opening(id))
		_, ok := tracker.Request(&dialect.Responses)
		assert.Equal(t, safe, ok, id)
	}
	for id, visible := range map[string]bool{
		"7-0": true, "~!": true, "a b": false, "a\x7f": false, "é": false, strings.Repeat("a", 4<<10): false,
	} {
		tracker := resume.New()
		follow(tracker, &dialect.Chat, event{id, `{"choices":[{"delta":{"content":"x"}}]}`})
		u, ok := tracker.Request(&dialect.Chat)
		assert.Equal(t, visible, ok, id)
		if ok {
			assert.Equal(t, resume.Request{KeepBody: true, HeaderName: "Last-Event-ID", HeaderValue: id}, u)
		}
	}
}

func TestURL(t *testing.T) {
	tracker := resume.New()
	follow(tracker, &dialect.Responses, opening("resp_1"), step("1"))
	u, ok := tracker.Request(&dialect.Responses)
	require.True(t, ok)
	for first, wants := range map[string]string{
		"https://h/v1/responses":                       "https://h/v1/responses/resp_1?stream=true&starting_after=1",
		"https://h/v1/responses/?v=1&stream=false#top": "https://h/v1/responses/resp_1?v=1&stream=true&starting_after=1",
		"https://h/v1/responses?starting_after=9&&v=1": "https://h/v1/responses/resp_1?v=1&stream=true&starting_after=1",
		"https://h/v1/chat/completions":                "", // a proxy's, which may serve the reply anywhere
		"https://h/v1/my-responses":                    "",
		"https://h":                                    "",
		"":                                             "",
		"https://responses/":                           "",
		"https://user:p@h:8080/x/responses?stream=true&stream_x=1": "https://user:p@h:8080/x/responses/resp_1?stream_x=1&stream=true&starting_after=1",
	} {
		url, ok := u.URL(first)
		assert.Equal(t, wants, url, first)
		assert.Equal(t, wants != "", ok, first)
	}
}

// TestJoin: what the events of an answer are that should go on after the second event.
func TestJoin(t *testing.T) {
	const f, s, l, r = resume.Fresh, resume.Skipped, resume.Lost, resume.Restarted
	chat := func(id, reply string) event {
		return event{id, `{"id":"` + reply + `","choices":[{"delta":{"content":"` + id + `"}}]}`}
	}
	begin := func(id, reply string) event {
		return event{id, `{"id":"` + reply + `","choices":[{"delta":{"role":"assistant"}}]}`}
	}
	byNumber := []event{opening("resp_1"), step("1")}
	byID := []event{begin("1", "c1"), chat("2", "c1")}
	for name, tc := range map[string]struct {
		d             *dialect.Dialect
		first, answer []event
		wants         []resume.Joint
	}{
		"the next number":        {&dialect.Responses, byNumber, []event{step("2"), step("3")}, []resume.Joint{f, f}},
		"from the beginning":     {&dialect.Responses, byNumber, append(byNumber, step("2")), []resume.Joint{s, s, f}},
		"a number is left out":   {&dialect.Responses, byNumber, []event{step("3")}, []resume.Joint{l}},
		"a number comes twice":   {&dialect.Responses, byNumber, []event{step("2"), step("2")}, []resume.Joint{f, l}},
		"another reply":          {&dialect.Responses, byNumber, []event{opening("resp_2")}, []resume.Joint{l}},
		"no numbers":             {&dialect.Responses, byNumber, []event{{data: `{"type":"response.output_text.delta","delta":"x"}`}}, []resume.Joint{l}},
		"the next id":            {&dialect.Chat, byID, []event{chat("3", "c1"), chat("4", "c1")}, []resume.Joint{f, f}},
		"all ids again":          {&dialect.Chat, byID, append(byID, chat("3", "c1")), []resume.Joint{s, s, f}},
		"an id is left out":      {&dialect.Chat, byID, []event{chat("4", "c1")}, []resume.Joint{l}},
		"other words by that id": {&dialect.Chat, byID, []event{{"2", `{"id":"c1","choices":[{"delta":{"content":"y"}}]}`}}, []resume.Joint{l}},
		"another reply begins":   {&dialect.Chat, byID, []event{begin("1", "c2")}, []resume.Joint{r}},
		"another reply goes on":  {&dialect.Chat, byID, []event{chat("3", "c2")}, []resume.Joint{l}},
	} {
		tracker := resume.New()
		for _, joint := range follow(tracker, tc.d, tc.first...) {
			require.Equal(t, f, joint, name)
		}
		assert.Equal(t, tc.wants, follow(tracker.Resumed(), tc.d, tc.answer...), name)
	}
}
