package provider

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzResume breaks a reply off anywhere and answers with anything: the text is
// the whole one, a new one from its beginning, or the answer is refused.
func FuzzResume(f *testing.F) {
	for kind := range uint8(3) {
		for answer := range uint8(6) {
			f.Add(kind, answer, uint16(300), uint8(2), uint8(9), "one |two |thr|ee")
			f.Add(kind, answer, uint16(700), uint8(200), uint8(1), "a|b|c|d|e|f|g")
		}
	}
	f.Fuzz(func(t *testing.T, kind, answer uint8, cut uint16, overlap, chunk uint8, text string) {
		for _, r := range text {
			if r < ' ' || r > '~' || r == '"' || r == '\\' {
				t.Skip()
			}
		}
		words := strings.Split(text, "|")
		url := []string{responsesURL, interactionsURL, chatURL}[kind%3]
		make := []reply{responsesReply, interactionsReply, chatReply}[kind%3]
		events := make("resp_1", words...)
		whole := strings.Join(events, "")
		at := int(cut) % (len(whole) + 1)
		r := tracked(url)
		size := int(chunk) + 1
		before := read(r, whole[:at], size)
		if _, ok := r.Resume(); !ok {
			return
		}
		done := strings.Count(whole[:at], "\n\n")
		others := make("id_2", append([]string{"OTHER "}, words...)...)
		if before.text == "" && answer%6 > 2 {
			return // whatever text comes now is not mixed with another
		}
		if answer%6 == 4 && kind%3 == 2 {
			others = make("resp_1", "OTHER ") // at a reply's own address this would be the reply
		}
		if answer%6 == 2 && (kind%3 == 1 || kind%3 == 2 && done < 2) {
			return // ids that do not count tell of no gap, nor does a single one
		}
		var rest []string
		switch answer % 6 {
		case 0, 1:
			rest = events[max(done-int(overlap), 0):]
		case 2:
			rest = events[min(done+1+int(overlap), len(events)):]
		case 3, 4:
			rest = others
		case 5:
			rest = others[min(done, len(others)):]
		}
		next := r.NewResumed()
		after := read(next, strings.Join(rest, ""), size)
		joined := before.text + after.text
		want := strings.Join(words, "")
		switch {
		case after.failure != nil:
		case after.restarted:
			if answer%6 != 3 && answer%6 != 4 {
				t.Fatalf("restarted by %q", rest)
			}
		case answer%6 < 2 && joined != want:
			t.Fatalf("%q and %q, not %q", before.text, after.text, want)
		case !strings.HasPrefix(want, joined):
			t.Fatalf("mixed: %q and %q", before.text, after.text)
		case next.Complete() && joined != want:
			t.Fatalf("complete with %q, not %q", joined, want)
		}
		if answer%6 == 0 && overlap == 0 && after.failure != nil {
			t.Fatalf("the very rest was refused after %d of %d events", done, len(events))
		}
	})
}

// FuzzResumeStaysAtHome: whatever a server sends as ids, the rest of a reply is asked
// for under the URL of the reply's own request, and nowhere else.
func FuzzResumeStaysAtHome(f *testing.F) {
	for _, first := range []string{
		responsesURL, interactionsURL, plainURL, "/api/v1/responses?x=y", "https://u:p@api.openai.com:8443/v1/responses/?stream=true&a=b#c",
		"//api.openai.com/v1/responses", "https://api.openai.com/v1/responses//", "https://api.openai.com?/v1/responses",
	} {
		for _, id := range []string{"resp_1", "cancel", "../../x1", "//evil.test/x1", "@evil.test", "resp_1%2f..", "resp_1?x=y", "https://evil.test/1", "......1", `resp_1\..\x`} {
			f.Add(first, id)
		}
	}
	f.Fuzz(func(t *testing.T, first, id string) {
		quoted, err := json.Marshal(id)
		require.NoError(t, err)
		body := fmt.Sprintf(`data: {"type":"response.created","response":{"id":%[1]s,"background":true},"sequence_number":0}`+"\n\n"+
			`data: {"event_type":"interaction.created","event_id":%[1]s,"interaction":{"id":%[1]s}}`+"\n\n", quoted)
		for part := range strings.SplitAfterSeq(body, "\n\n") {
			r := tracked(first)
			read(r, part, 1<<20)
			u, ok := r.Resume()
			if !ok {
				continue
			}
			again, ok := u.URL(first)
			if !ok {
				continue
			}
			was, err := url.Parse(first)
			if err != nil || was.Opaque != "" { // which nobody can ask
				continue
			}
			now, err := url.Parse(again)
			require.NoError(t, err)
			assert.Equal(t, was.Scheme, now.Scheme)
			assert.Equal(t, was.Host, now.Host)
			assert.Equal(t, was.User, now.User)
			if u.Method == "" {
				assert.Equal(t, was.Path, now.Path)
				continue
			}
			assert.Equal(t, strings.TrimRight(was.Path, "/")+"/"+id, now.Path)
			assert.Regexp(t, `^[\w.~=-]*\d[\w.~=-]*$`, id)
		}
	})
}
