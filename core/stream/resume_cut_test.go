package stream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// resumeCutter breaks one reply off at all offsets and has it resumed.
type resumeCutter struct {
	resumable
	step chattest.Step
	// reply is the whole reply, with the events and the text in it; end is the
	// offset from which on it is complete.
	reply string
	end   int
	// answers are those that were given before: there are few different ones.
	answers map[string]*httptest.ResponseRecorder

	survived, resumed int64
	wrong             map[string][]int
}

func newResumeCutter(t *testing.T, api resumable) *resumeCutter {
	c := &resumeCutter{resumable: api, answers: map[string]*httptest.ResponseRecorder{}, wrong: map[string][]int{}}
	c.step = chattest.Reply("Hello! 你好, café, 🚀.", chattest.Background(), chattest.Pings(2, 0))
	o := newOrigin(api, c.step)
	require.NoError(t, mustNew(c.options(&joined{})).Run(t.Context(), o.whole))
	c.reply = o.given[0]
	at := strings.Index(c.reply, api.end)
	require.Positive(t, at)
	c.end = at + strings.Index(c.reply[at:], "\n\n") + len("\n\n")
	return c
}

// origin returns the API for one reply, which may be restarted.
func (c *resumeCutter) origin() *origin {
	fresh := 0
	return &origin{api: c.resumable, serve: func(q asked) *httptest.ResponseRecorder {
		if q == c.first() {
			fresh++
		}
		key := fmt.Sprint(fresh, q)
		if c.answers[key] == nil {
			handler := c.fake(&chattest.Script{Then: &c.step})
			for range fresh {
				c.answers[key] = c.first().send(handler)
			}
			if q != c.first() {
				c.answers[key] = q.send(handler)
			}
		}
		return c.answers[key]
	}}
}

func (c *resumeCutter) options(j *joined) stream.Options {
	return stream.Options{URL: c.url, Partial: stream.PartialResume, SilenceTimeout: -1, OnEvent: j.onEvent}
}

// errors give what the API sends when it fails inside a stream and outside.
func (c *resumeCutter) errors() *cutStream {
	api := cutAPI{fake: c.fake, url: c.url, request: askedBody}
	return &cutStream{
		errorEvent: api.play(chattest.FailInStream(0, c.err)), errorBody: api.play(chattest.UnframedError(0, c.err)),
	}
}

func (c *resumeCutter) offsets(from int) (list []int) {
	for offset := from; offset <= len(c.reply); offset++ {
		if !sampleCuts() || offset%(1+len(c.reply)/60) == 0 || offset >= c.end-3 && offset <= c.end+3 {
			list = append(list, offset)
		}
	}
	return list
}

func (c *resumeCutter) note(offset int, problems []string) {
	if len(problems) == 0 {
		c.survived++
		return
	}
	c.wrong[strings.Join(problems, ", ")] = append(c.wrong[strings.Join(problems, ", ")], offset)
}

func (c *resumeCutter) failures() (list []string) {
	for problem, offsets := range c.wrong {
		list = append(list, fmt.Sprint(problem, " at ", offsets))
	}
	return list
}

// same tells what of the reply the page lacks or has too much of. A reply that
// was complete before the connection broke may lack what follows its end.
func (c *resumeCutter) same(j *joined, reply string, complete bool) (problems []string) {
	all := inEvents(reply)
	if complete && len(j.events) < len(all) {
		all = all[:max(len(j.events), len(inEvents(c.reply[:c.end])))]
	}
	if !slices.Equal(j.events, all) {
		problems = append(problems, fmt.Sprintf("%d events, not these %d", len(j.events), len(all)))
	}
	if j.text.String() != c.step.Text {
		problems = append(problems, "the text is not the reply's")
	}
	return problems
}

// once breaks the reply off once. Where the connection is cut it is known which
// request follows; after an error within it that depends on what the error's
// bytes became together with what was there.
func (c *resumeCutter) once(way cutWay, errors *cutStream, offset int) {
	var j joined
	var problems []string
	problem := func(bad bool, what string) {
		if bad {
			problems = append(problems, what)
		}
	}
	opts := c.options(&j)
	opts.MaxAttempts = 3
	opts.OnRetry = func(r event.ChatStreamRetry) {
		problem(!slices.Contains(way.kinds, r.Kind), "taken for "+string(r.Kind))
		problem(r.DelayMs != 1000, "the first wait is not 1s")
	}
	tail := ""
	if way.tail != nil {
		tail = way.tail(errors)
	}
	o := c.origin()
	err := mustNew(opts).Run(context.Background(), func(ctx context.Context, a *stream.Attempt) error {
		if a.Number == 1 {
			return give(a, o.ask(a), offset, tail, way.err)
		}
		return o.whole(ctx, a)
	})
	complete := offset >= c.end
	if err != nil {
		problem(true, "failed for good: "+string(failure.Classify(err).Kind))
		c.note(offset, problems)
		return
	}
	problems = append(problems, c.same(&j, o.reply(), len(o.asked) == 1)...)
	want := c.want(offset)
	switch {
	case complete:
		problem(len(o.asked) != 1, "asked again for what was complete")
	case way.tail == nil:
		problem(len(o.asked) != 2 || o.asked[1] != want, "not the request for the rest")
	case len(o.asked) > 1:
		problem(o.asked[1] != c.first() && o.asked[1] != want, "neither the first request nor that for the rest")
	}
	if len(o.asked) > 1 && o.asked[1] == want && want != c.first() {
		c.resumed++
		problem(len(j.resets) > 0, "a reset although it was resumed")
	}
	c.note(offset, problems)
}

// want returns the request that follows a cut there. Of an event that lacks its
// blank line nothing is known, but where that was all there is it is as good as
// whole, as in a reply that cannot be resumed; unless it has an id, which may be
// cut short too.
func (c *resumeCutter) want(offset int) asked {
	begun, rest := c.reply[:offset], c.reply[offset:]
	if q := c.after(begun); q != c.first() {
		return q
	}
	last := begun[strings.LastIndex(begun, "\n\n")+1:]
	if strings.Contains("\n"+last, "\nid: ") {
		return c.first()
	}
	if strings.HasPrefix(rest, "\n\n") || strings.HasPrefix(rest, "\n") && strings.HasSuffix(begun, "\n") {
		return c.after(begun + "\n\n")
	}
	return c.first()
}

// inARow breaks every answer off after n bytes, and after more of them while that
// brings nothing.
func (c *resumeCutter) inARow(n int) {
	var j joined
	opts := c.options(&j)
	had, more := -1, 0
	o := c.origin()
	var problems []string
	wasResumed, resets := false, 0
	err := mustNew(opts).Run(context.Background(), func(ctx context.Context, a *stream.Attempt) error {
		more = 2*more + n
		if a.Resume() != nil && len(j.events) > had {
			more = 0
		}
		had = len(j.events)
		if wasResumed && a.Resume() == nil {
			problems = append(problems, "not resumed again")
		}
		if a.Resume() != nil && !wasResumed {
			wasResumed, resets = true, len(j.resets)
		}
		err := o.cut(n+more, errReset)(ctx, a)
		if n+more > len(o.given[len(o.given)-1]) {
			return nil
		}
		return err
	})
	if err != nil {
		problems = append(problems, "failed for good: "+string(failure.Classify(err).Kind))
	}
	if wasResumed && len(j.resets) > resets {
		problems = append(problems, "a reset although it was resumed")
	}
	problems = append(problems, c.same(&j, o.reply(), true)...)
	if len(problems) == 0 && wasResumed {
		c.resumed++
		c.survived += int64(len(o.asked) - 2)
	}
	c.note(n, problems)
}

// TestCut_resume breaks each resumable reply off at every byte offset, or sends
// an error there: joined, the events and the text are those of the uncut reply,
// each once, and without a reset wherever the rest could be asked for. With -v it
// prints the count.
func TestCut_resume(t *testing.T) {
	start := time.Now()
	var survived, resumed atomic.Int64
	t.Run("all", func(t *testing.T) {
		connection, inStream := cutWays()
		for name, api := range resumables() {
			cut := func(way string, least float64, each func(c *resumeCutter)) {
				t.Run(name+"/"+way, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						c := newResumeCutter(t, api)
						each(c)
						assert.Empty(t, c.failures())
						survived.Add(c.survived)
						resumed.Add(c.resumed)
						assert.GreaterOrEqual(t, float64(c.resumed), least*float64(c.survived), "few were resumed")
					})
				})
			}
			for i, way := range append(connection, inStream...) {
				// Most of a reply lies before its end and after its first id.
				least := 0.5
				if i >= len(connection) {
					least = 0 // an error of the provider's own ends the reply
				}
				cut(way.name, least, func(c *resumeCutter) {
					errors := c.errors()
					for _, offset := range c.offsets(0) {
						c.once(way, errors, offset)
					}
				})
			}
			cut("in a row", 0.01, func(c *resumeCutter) {
				for _, n := range c.offsets(1) {
					c.inARow(n)
				}
			})
		}
	})
	offsets := "every offset"
	if sampleCuts() {
		offsets = "a sample of the offsets"
	}
	t.Logf("survived %d cuts, %d of them resumed (%s, %.0fs)", survived.Load(), resumed.Load(), offsets, time.Since(start).Seconds())
}

// TestCut_resumeWhatCannotBe: a provider that cannot continue a reply starts it
// over, and so does every provider unless the page asked for more.
func TestCut_resumeWhatCannotBe(t *testing.T) {
	apis := resumables()
	plain := func(fake func(*chattest.Script) http.Handler, url string) resumable {
		return resumable{fake: fake, url: url}
	}
	for name, tc := range map[string]struct {
		api     resumable
		step    chattest.Step
		partial stream.Partial
	}{
		"anthropic":                   {plain(chattest.Anthropic, "https://api.anthropic.com/v1/messages"), chattest.DefaultReply(), stream.PartialResume},
		"openai chat":                 {plain(chattest.OpenAIChat, "https://api.openai.com/v1/chat/completions"), chattest.DefaultReply(), stream.PartialResume},
		"gemini":                      {plain(chattest.Gemini, "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse"), chattest.DefaultReply(), stream.PartialResume},
		"responses in the foreground": {apis["responses"], chattest.DefaultReply(), stream.PartialResume},
		"responses, restart":          {apis["responses"], chattest.Reply(chattest.DefaultText, chattest.Background()), stream.PartialRestart},
		"interactions, restart":       {apis["interactions"], chattest.DefaultReply(), ""},
		"event ids, restart":          {apis["event ids"], chattest.DefaultReply(), stream.PartialRestart},
	} {
		inBubble(t, name, func(t *testing.T) {
			whole := newOrigin(tc.api, tc.step)
			require.NoError(t, mustNew(stream.Options{URL: tc.api.url}).Run(t.Context(), whole.whole))
			for _, end := range []error{errReset, nil} {
				for offset := 0; offset < len(whole.given[0]); offset += 37 {
					var j joined
					o := newOrigin(tc.api, tc.step, tc.step)
					s := mustNew(stream.Options{URL: tc.api.url, Partial: tc.partial, OnEvent: j.onEvent})
					shown := 0
					err := s.Run(t.Context(), func(ctx context.Context, a *stream.Attempt) error {
						if a.Number == 1 {
							return o.cut(offset, end)(ctx, a)
						}
						shown = len(j.events)
						return o.whole(ctx, a)
					})
					require.NoError(t, err)
					assert.Equal(t, chattest.DefaultText, j.text.String(), offset)
					if len(o.asked) == 1 {
						continue // it was complete
					}
					assert.Equal(t, []asked{tc.api.first(), tc.api.first()}, o.asked, offset)
					assert.Equal(t, shown > 0, len(j.resets) == 1, offset)
				}
			}
		})
	}
}
