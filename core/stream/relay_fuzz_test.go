package stream_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/sse"
	"github.com/retrystream/retrystream/core/stream"
)

// raw is what the reader has without what was made.
func (r *relayed) raw() []byte {
	raw := string(r.passed)
	for _, m := range r.made {
		raw = strings.Replace(raw, m, "", 1)
	}
	return []byte(raw)
}

// eventsIn returns the events of a body.
func eventsIn(body []byte) (events []string) {
	var d sse.Decoder
	_ = d.Feed(body, func(ev sse.Event) { events = append(events, string(ev.Type)+"|"+string(ev.Data)) })
	d.End(func(ev sse.Event) { events = append(events, string(ev.Data)) })
	return events
}

// FuzzRelay: whatever a body is and however it is chunked, the reader gets the
// same bytes; all of them where the stream is complete, and nothing that was not
// in the body but what says how it failed. Where there is another attempt, it makes
// no difference, or that attempt's body is all that the reader gets: what came in
// one chunk with the failure may be replaced unseen.
func FuzzRelay(f *testing.F) {
	urls := []string{claudeURL, chatURL, "https://example.test/", "http://localhost:11434/api/chat", "https://api.openai.com/v1/responses"}
	for i, body := range []string{
		claudeGood, ping + claudeOpen + claudeBusy, chatOpen + delta("Hi") + stop + done, "data: hello\n\ndata: wor",
		`{"error":{"message":"overloaded"}}`, "\ufeff" + claudeGood, "\r\n\r\n" + claudeGood, "<html>", "error: {\"error\":{}}\n\n",
		`{"model":"m","done":false}` + "\n" + `{"model":"m","done":true}`, "id: 1\ndata: [DONE]\n\n: x\n\ndata: y",
		claudeOpen + claudeHi + "{\"error\":{\"type\":\"overloaded_error\"}}\n\n" + claudeEnd,
	} {
		f.Add([]byte(body), uint8(i), uint64(i), i%2 == 0)
	}
	f.Add([]byte("id: 1\n"+delta("Hi")+"id: 2\n"+delta("ho")), uint8(1), uint64(1), true)
	// Content and a failure in one chunk, of a provider that has no form for errors.
	f.Add([]byte("data:0\n\ndata: {0\n\n0"), uint8(2), uint64(2), true)
	f.Add([]byte("data:0\n\ndata:{0\n\n"), uint8(3), uint64(4), false)
	f.Fuzz(func(t *testing.T, body []byte, url uint8, seed uint64, typed bool) {
		synctest.Test(t, func(t *testing.T) {
			var want *relayed
			for _, most := range []int{1 << 30, 1, 40} {
				resumed := false // a request for the rest is TestRelayCut_resume's
				run := func(attempts int, next ...answer) *relayed {
					random := rand.New(rand.NewPCG(seed, 1))
					w := answer{body: body, chunks: func(rest int) int { return min(rest, 1+random.IntN(most)) }}
					if typed {
						w.header = isEvents
					}
					r := relay(stream.Options{URL: urls[int(url)%len(urls)], MaxAttempts: attempts, SilenceTimeout: -1})
					answers := append([]answer{w}, next...)
					return r.runWith(context.Background(), func(ctx context.Context, a *stream.Attempt) error {
						resumed = resumed || a.Resume() != nil
						return r.send(ctx, a, answers[min(r.attempts, len(answers)-1)])
					})
				}
				r := run(1)
				made := 0
				for _, m := range r.made {
					made += len(m)
				}
				switch {
				case len(r.wrong) > 0:
					t.Fatal(r.wrong)
				case r.err == nil && !bytes.HasPrefix(append(bytes.Clone(body), "\n\n"...), r.passed):
					t.Fatalf("%q is not the body %q", r.passed, body)
				case r.err == nil && len(r.passed) < len(body):
					t.Fatalf("%q of %q is missing", body[len(r.passed):], body)
				case r.err != nil && len(r.passed)-made > len(body):
					t.Fatalf("%q is more than the body %q", r.passed, body)
				}
				// What was not passed before it failed may be replaced unseen, and nothing else.
				whole := chatOpen + delta("Hi") + stop + done
				next := run(2, answer{header: isEvents, body: []byte(whole)})
				switch before, replaced := strings.CutSuffix(string(next.passed), whole); {
				case len(next.wrong) > 0:
					t.Fatal(next.wrong)
				case next.attempts == 1 && !bytes.Equal(next.passed, r.passed):
					t.Fatalf("%q; without another attempt: %q", next.passed, r.passed)
				case next.attempts == 2 && !resumed && (!replaced || before != "" || next.err != nil):
					t.Fatalf("%q, %v is not the next attempt's body", next.passed, next.err)
				}
				if want == nil {
					want = r
					continue
				}
				// What is no event, such as a comment, may pass before a failure follows it.
				if !slices.Equal(eventsIn(want.raw()), eventsIn(r.raw())) || (want.err == nil) != (r.err == nil) {
					t.Fatalf("in chunks of %d: %q, %v; at once: %q, %v", most, r.passed, r.err, want.passed, want.err)
				}
				if r.err != nil && failure.Classify(r.err).Kind != failure.Classify(want.err).Kind {
					t.Fatalf("in chunks of %d: %v; at once: %v", most, r.err, want.err)
				}
			}
		})
	})
}
