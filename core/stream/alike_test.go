package stream_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// cutAt brings so many words of a reply and then fails with err, at that age.
func cutAt(age time.Duration, words int, err error) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		if !a.Respond(provider.Response{StatusCode: 200, Header: func(string) string { return "" }}) {
			return nil
		}
		a.Waiting()
		if !a.Feed([]byte(strings.Repeat(delta("word"), words))) {
			return nil
		}
		a.Waiting()
		if !sleep(ctx, age) {
			return ctx.Err()
		}
		return err
	}
}

// TestMaxAlike: what ends one attempt after another at the same place is told, rather
// than tried for ever.
func TestMaxAlike(t *testing.T) {
	const (
		byAge  = "Attempt after attempt broke off after 60 s, with part of the reply there: something on the way ends connections of that age."
		bySize = "Attempt after attempt broke off after the same "
	)
	outage := play(response{status: 503})
	good := play(ok(delta("all"), end))
	cut := func(age time.Duration, words int) call { return cutAt(age, words, errReset) }
	many := func(n int, calls ...call) (all []call) {
		for range n {
			all = append(all, calls...)
		}
		return all
	}
	for name, tc := range map[string]struct {
		max   int
		calls []call
		made  int // requests until the end
		said  string
	}{
		"one age": {0, []call{cut(60*second, 1), cut(60500*ms, 2), cut(59*second, 3), cut(61*second, 4), cut(60*second, 5), good}, 5, byAge},
		"one age among outages": {0, []call{
			cut(60*second, 1), outage, cut(60*second, 2), outage, cut(60*second, 3), outage, outage, cut(60*second, 4), outage, cut(60*second, 5), good,
		}, 10, byAge},
		"one size":            {0, []call{cut(second, 9), cut(9*second, 9), cut(3*second, 9), cut(second, 9), cut(20*second, 9), good}, 5, bySize},
		"one size, no time":   {0, append(many(5, cut(0, 9)), good), 5, bySize},
		"the last of many":    {0, append([]call{cut(second, 1), cut(60*second, 2)}, append(many(5, cut(7*second, 9)), good)...), 7, bySize},
		"an option":           {2, []call{cut(second, 9), cut(2*second, 9), good}, 2, bySize},
		"one and no more":     {1, []call{cut(second, 9), good}, 1, bySize},
		"no limit":            {-1, append(many(20, cut(60*second, 9)), good), 21, ""},
		"four":                {0, append(many(4, cut(60*second, 9)), good), 5, ""},
		"an outage":           {0, append(many(20, outage), good), 21, ""},
		"openings":            {0, append(many(20, play(ok(ping, delta("")))), good), 21, ""},
		"other ages":          {0, []call{cut(60*second, 1), cut(62*second, 2), cut(60*second, 3), cut(58*second, 4), cut(60*second, 5), cut(64*second, 6), good}, 7, ""},
		"at once":             {0, []call{cut(0, 1), cut(0, 2), cut(0, 3), cut(0, 4), cut(0, 5), cut(0, 6), good}, 7, ""},
		"in another way":      {0, append(many(4, cut(60*second, 9)), append([]call{cutAt(60*second, 9, nil)}, append(many(4, cut(60*second, 9)), good)...)...), 10, ""},
		"this side's silence": {0, []call{cut(time.Hour, 1), cut(time.Hour, 2), cut(time.Hour, 3), cut(time.Hour, 4), cut(time.Hour, 5), good}, 6, ""},
		"a silence, one size": {0, append(many(5, cut(time.Hour, 9)), good), 5, bySize},
		"it says why":         {0, append(many(9, play(ok(delta("x"), `data: {"error":{"message":"Overloaded","code":503}}`+"\n\n"))), good), 10, ""},
		"only presumed":       {0, append(many(2, cutAt(second, 9, errors.New("boom"))), append(many(4, cut(60*second, 9)), good)...), 7, ""},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{MaxAlike: tc.max}).run(t.Context(), tc.calls...)
			assert.Len(t, l.numbers, tc.made)
			if tc.said == "" {
				require.NoError(t, l.err)
				assert.Equal(t, "all", l.text)
				return
			}
			failed := l.failed(t)
			assert.Contains(t, failed.Message, tc.said)
			assert.Contains(t, failed.Message, "Look at the ")
			assert.Equal(t, failed.Message, l.last().Message)
			assert.False(t, failed.Retryable)
			assert.Contains(t, []failure.Kind{failure.Network, failure.Stalled}, failed.Kind)
			assert.NotContains(t, l.text, "all", "what came last is kept")
		})
	}
}

// TestMaxAlike_resumed: a proxy that cuts each connection at one age cannot keep a
// reply back that goes on from there.
func TestMaxAlike_resumed(t *testing.T) {
	for name, api := range resumables() {
		inBubble(t, name, func(t *testing.T) {
			o := newOrigin(api, littleByLittle(8)...)
			l := resuming(t, o, stream.Options{MaxAlike: 2})
			require.NoError(t, l.err)
		})
	}
}

// TestMaxAlike_elsewhere: another server has a row of its own.
func TestMaxAlike_elsewhere(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		var l *life
		l = live(stream.Options{MaxAlike: 2, BeforeRetry: func(_ context.Context, r stream.RetryContext) error {
			if r.Attempt == 1 {
				l.SetURL("https://example.com/v1/chat/completions")
			}
			return nil
		}})
		l.run(t.Context(), cutAt(second, 9, errReset))
		assert.Equal(t, 3, l.failed(t).Attempts)
	})
}

// TestMaxAlike_textAlone: what is only skimmed counts.
func TestMaxAlike_textAlone(t *testing.T) {
	words := func(n int) call {
		return dripTo(func(a *stream.Attempt, chunk []byte) bool {
			more, _ := a.FeedText(chunk, func([]byte) {})
			return more
		}, func(*stream.Attempt) {}, 0, steps(n, step{second, delta("word"), 0})...)
	}
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{MaxAlike: 3}).run(t.Context(), words(4), words(5), words(5), words(5), words(6))
		assert.Len(t, l.numbers, 4)
		assert.Contains(t, l.failed(t).Message, "Attempt after attempt broke off after the same ")
	})
}
