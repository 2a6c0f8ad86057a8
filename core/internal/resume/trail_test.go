package resume

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/sse"
)

// long is more events than are remembered, twice over.
const long = 3*MaxPoints/2 + 5

// join has the tracker follow the events of an unknown kind with the ids from begin
// to before end, and returns what the last of them was.
func join(t *Tracker, begin, end int, words string) (last Joint) {
	for n := begin; n < end && last != Lost; n++ {
		ev := sse.Event{ID: []byte(strconv.Itoa(n)), Data: []byte(words + strconv.Itoa(n))}
		p := t.Place(nil, ev, &dialect.Place{})
		if last = t.Join(p, nil); last == Fresh && !t.Follow(p, nil, true, false) {
			last = Lost
		}
	}
	return last
}

// TestLongReply: where the ids count, a reply of any length goes on, in bounded memory.
func TestLongReply(t *testing.T) {
	tracker := New()
	require.Equal(t, Fresh, join(tracker, 0, long, ""))
	assert.LessOrEqual(t, len(tracker.trail.points), MaxPoints)
	u, ok := tracker.Request(nil)
	require.True(t, ok)
	assert.Equal(t, strconv.Itoa(long-1), u.HeaderValue)
	for name, tc := range map[string]struct {
		words string
		begin int
		wants Joint
	}{
		"the next one":                {begin: long, wants: Fresh},
		"some again":                  {begin: long - 3, wants: Fresh},
		"all again":                   {begin: 0, wants: Fresh},
		"many again":                  {begin: MaxPoints / 3, wants: Fresh},
		"one left out":                {begin: long + 1, wants: Lost},
		"other words by all ids":      {begin: 0, words: "other ", wants: Lost},
		"other words by the last ids": {begin: long - 3, words: "other ", wants: Lost},
	} {
		next := tracker.Resumed()
		assert.Equal(t, tc.wants, join(next, tc.begin, long+2, tc.words), name)
		u, ok := next.Request(nil)
		if tc.wants == Lost {
			continue
		}
		require.True(t, ok, name)
		assert.Equal(t, strconv.Itoa(long+1), u.HeaderValue, name)
	}
}

// TestLongReplay: what an answer sends again is skipped, and nothing else.
func TestLongReplay(t *testing.T) {
	tracker := New()
	join(tracker, 0, long, "")
	assert.Equal(t, Skipped, join(tracker.Resumed(), 0, long, ""))
	next := tracker.Resumed()
	assert.Equal(t, Skipped, join(next, 5, 9, ""))
	assert.Equal(t, Lost, join(next, 10, 11, ""), "an id is left out")
	next = tracker.Resumed()
	assert.Equal(t, Fresh, join(next, long, long+1, ""))
	assert.Equal(t, Lost, join(next, 7, 8, ""), "an id comes again")
}

// TestTrailNeedsNumbers: once ids were forgotten, one that does not count ends it.
func TestTrailNeedsNumbers(t *testing.T) {
	tracker := New()
	join(tracker, 0, long, "")
	join(tracker, long+1, long+2, "")
	_, ok := tracker.Request(nil)
	assert.False(t, ok)
}

// TestLongNumberedReply: so do the numbers of the events of the Responses API.
func TestLongNumberedReply(t *testing.T) {
	tracker, d := New(), &dialect.Responses
	f := dialect.Fact{WithPlace: true}
	for n := range long {
		data := `{"type":"response.output_text.delta","delta":"x","sequence_number":` + strconv.Itoa(n) + `}`
		if n == 0 {
			data = `{"type":"response.created","response":{"id":"resp_1","background":true},"sequence_number":0}`
		}
		ev := sse.Event{Data: []byte(data)}
		d.Parse(ev, &f)
		p := tracker.Place(d, ev, &f.Place)
		if tracker.Join(p, d) != Fresh || !tracker.Follow(p, d, f.Progress, f.Done) {
			t.Fatal(n)
		}
	}
	u, ok := tracker.Request(d)
	require.True(t, ok)
	url, _ := u.URL("https://h/v1/responses")
	assert.Equal(t, "https://h/v1/responses/resp_1?stream=true&starting_after="+strconv.Itoa(long-1), url)
}
