package sse_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/sse"
)

func TestDataInOneChunkIsNotCopied(t *testing.T) {
	t.Parallel()
	var d sse.Decoder
	chunk := []byte("data: abc\n\n")
	require.NoError(t, d.Feed(chunk, func(ev sse.Event) {
		assert.Same(t, &chunk[6], &ev.Data[0])
	}))
}

func TestErrorStaysUntilTheNextStream(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(*sse.Decoder){
		"End":   func(d *sse.Decoder) { d.End(func(sse.Event) { t.Error("End emitted after an error") }) },
		"Reset": (*sse.Decoder).Reset,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sse.Decoder{MaxEventBytes: 4}
			var got []string
			keep := func(ev sse.Event) { got = append(got, string(ev.Data)) }

			err := d.Feed([]byte("data: 1\n\ndata: 12345\n\ndata: 2\n\n"), keep)
			var tooLarge *sse.TooLargeError
			require.ErrorAs(t, err, &tooLarge)
			assert.Equal(t, 4, tooLarge.Limit)
			assert.EqualError(t, err, "sse: event larger than 4 bytes")
			assert.Same(t, err, d.Feed([]byte("data: 3\n\n"), keep))
			assert.Same(t, err, d.Feed(nil, keep))

			restart(&d)
			require.NoError(t, d.Feed([]byte("data: 4\n\n"), keep))
			assert.Equal(t, []string{"1", "4"}, got)
			assert.Error(t, d.Feed([]byte("data: 12345"), keep), "the limit must outlive "+name)
		})
	}
}

func TestLimitOfZeroOrLessIsTheDefault(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, -1} {
		d := sse.Decoder{MaxEventBytes: limit}
		line := append([]byte("data:"), make([]byte, sse.DefaultMaxEventBytes)...)
		require.NoError(t, d.Feed(line, nil))
		var tooLarge *sse.TooLargeError
		require.ErrorAs(t, d.Feed([]byte("x"), nil), &tooLarge)
		assert.Equal(t, sse.DefaultMaxEventBytes, tooLarge.Limit)
	}
}

// dirty is a stream that leaves something in every part of a decoder.
const dirty = "\uFEFFid: 1\nevent: t\nretry: 5\ndata: a\ndata: half a li"

func TestEndStartsAfresh(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"", "\r", "\n", "\nid: hal", "\n: comment", "\nretry: 1"} {
		var d sse.Decoder
		require.NoError(t, d.Feed([]byte(dirty+end), nil))
		var pending int
		d.End(func(ev sse.Event) {
			pending++
			assert.Equal(t, "a\nhalf a li", string(ev.Data))
			assert.Equal(t, "t", string(ev.Type))
		})
		assert.Equal(t, 1, pending)

		// Nothing is pending any more, and neither the id nor the CR is known.
		d.End(func(sse.Event) { t.Error("End emitted twice") })
		var got []sse.Event
		require.NoError(t, d.Feed([]byte("\uFEFF\ndata: b\n\n"), func(ev sse.Event) { got = append(got, clone(ev)) }))
		require.Len(t, got, 1)
		assert.Equal(t, "b", string(got[0].Data))
		assert.Empty(t, got[0].Type)
		assert.Empty(t, got[0].ID)

		delay, ok := d.Retry()
		assert.True(t, ok, "Retry outlives the stream")
		assert.Equal(t, 5*time.Millisecond, delay)
	}
}

func TestResetForgetsAllButTheLimit(t *testing.T) {
	t.Parallel()
	d := sse.Decoder{MaxEventBytes: 64}
	require.NoError(t, d.Feed([]byte(dirty), nil))
	d.Reset()
	assert.Equal(t, sse.Decoder{MaxEventBytes: 64}, d)
}

func TestRetryIsKnownOnlyOnceAsked(t *testing.T) {
	t.Parallel()
	var d sse.Decoder
	_, ok := d.Retry()
	assert.False(t, ok)
	require.NoError(t, d.Feed([]byte("retry: 0\n"), nil))
	delay, ok := d.Retry()
	assert.True(t, ok)
	assert.Zero(t, delay)
	require.NoError(t, d.Feed([]byte("retry: "+strings.Repeat("9", 100)+"\n"), nil))
	delay, _ = d.Retry()
	assert.Greater(t, delay, 290*365*24*time.Hour)
}

func TestPanicInEmitLosesThatEventOnly(t *testing.T) {
	t.Parallel()
	var d sse.Decoder
	assert.Panics(t, func() {
		_ = d.Feed([]byte("data: 1\n\n"), func(sse.Event) { panic("page") })
	})
	var got []string
	require.NoError(t, d.Feed([]byte("data: 2\n\n"), func(ev sse.Event) { got = append(got, string(ev.Data)) }))
	assert.Equal(t, []string{"2"}, got)
}

func TestNothingPointsIntoTheChunk(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{
		"id: 1\nevent: t\ndata: a\n",
		"id: 1\nevent: t\ndata: a\n\n",
		"data: a\ndata: b",
		"data: a\nid: 1234",
		"data: a\nid: 12345678", // too large
	} {
		d := sse.Decoder{MaxEventBytes: 7}
		chunk := new([64]byte)
		_ = d.Feed(chunk[:copy(chunk[:], stream)], func(sse.Event) {})
		left := weak.Make(chunk)
		runtime.GC()
		assert.Nil(t, left.Value(), "%q", stream)
		runtime.KeepAlive(&d)
	}
}

// allocated is how many bytes f allocates, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Not parallel: allocations of other tests would be counted.
func TestMemoryIsBounded(t *testing.T) {
	const total = 64 << 20
	tests := []struct {
		name   string
		prefix string
		repeat string
		limit  int
		max    uint64 // bytes that may be allocated over all
		fails  bool
	}{
		// Growing by doubling takes twice the limit over all, of which at most
		// one and a half are held at a time.
		{"line of data", "data: ", "x", 0, 2 * sse.DefaultMaxEventBytes, true},
		{"limit between powers of two", "data: ", "x", 9 << 20, 25 << 20, true},
		{"small limit", "data: ", "x", 1 << 20, 2 << 20, true},
		{"lines of data", "", "data: xxxxxxxx\n", 0, 2 * sse.DefaultMaxEventBytes, true},
		{"empty lines of data", "", "data\n", 1 << 20, 2 << 20, true},
		{"id", "id: ", "1", 0, 2 * sse.DefaultMaxEventBytes, true},
		{"type", "event: ", "t", 0, 2 * sse.DefaultMaxEventBytes, true},
		{"retry", "retry: ", "0", 0, 2 * sse.DefaultMaxEventBytes, true},
		{"comment", ":", "x", 0, 4 << 10, false},
		{"unknown field", "datum: ", "x", 0, 4 << 10, false},
		{"name without end", "", "data", 0, 4 << 10, false},
		{"broken BOM", "\xEF\xBB", "x", 0, 4 << 10, false},
		{"types without data", "", "event: t\n\n", 0, 4 << 10, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chunk := bytes.Repeat([]byte(tt.repeat), 16<<10/len(tt.repeat))
			d := sse.Decoder{MaxEventBytes: tt.limit}
			var err error
			n := allocated(func() {
				err = d.Feed([]byte(tt.prefix), nil)
				for fed := 0; fed < total && err == nil; fed += len(chunk) {
					err = d.Feed(chunk, nil)
				}
			})
			// The measuring itself and the error take a little.
			assert.LessOrEqual(t, n, tt.max+tt.max/8+4<<10)
			assert.Equal(t, tt.fails, err != nil)
		})
	}
}

// openAIEvent is 236 bytes long, like many that providers send.
const openAIEvent = `data: {"id":"chatcmpl-9aZ0Kq3vXo7Rk2","object":"chat.completion.chunk","created":1763769600,` +
	`"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0ab1c2d3","choices":[{"index":0,"delta":{"content":" retry"},"finish_reason":null}]}` + "\n\n"

const anthropicEvent = "event: content_block_delta\nid: 12\n" +
	`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}` + "\n\n"

func TestNoAllocationPerEvent(t *testing.T) {
	require.Len(t, openAIEvent, 236)
	for name, event := range map[string]string{
		"openai":     openAIEvent,
		"anthropic":  anthropicEvent,
		"crlf":       strings.ReplaceAll(anthropicEvent, "\n", "\r\n"),
		"cr":         strings.ReplaceAll(anthropicEvent, "\n", "\r"),
		"multi-line": "data: a\ndata: b\ndata: c\n\n",
		"comment":    ": ping\n\ndata: x\n\n",
	} {
		stream := []byte(strings.Repeat(event, 20))
		// Whole events first, then ones that span chunks of every kind.
		for _, size := range []int{len(event), 8 * len(event), 1, 7, 100, len(event) + 1} {
			var d sse.Decoder
			events, count := 0, func(sse.Event) {}
			count = func(sse.Event) { events++ }
			feed := func() {
				for rest := stream; len(rest) > 0; {
					n := min(size, len(rest))
					if d.Feed(rest[:n], count) != nil {
						t.Error("Feed failed")
					}
					rest = rest[n:]
				}
			}
			assert.Zero(t, testing.AllocsPerRun(10, feed), "%s in chunks of %d", name, size)
			assert.Equal(t, 11*20, events)
		}
	}
}

// An event in many small chunks must not be searched or copied anew with each of
// them, nor a chunk with each of its lines. Each case takes a second at most, or, if
// the work grows with the square of the size, longer than a test may: half an hour.
func TestWorkGrowsWithTheBytes(t *testing.T) {
	t.Parallel()
	total := 15 << 20
	if runtime.GOOS == "js" {
		total = 4 << 20 // where everything takes so much longer
	}
	tests := []struct {
		name   string
		stream string
		chunk  int
	}{
		{"one line, small chunks", "data: " + strings.Repeat("x", total) + "\n\n", 4},
		{"short data lines, small chunks", strings.Repeat("data:x\n", total/7) + "\n", 7},
		{"LF only, one chunk", strings.Repeat(":\n", total/2) + "data: x\n\n", 2 * total},
		{"CR only, one chunk", strings.Repeat(":\r", total/2) + "data: x\r\r", 2 * total},
		{"CRLF, one chunk", strings.Repeat(":\r\n", total/3) + "data: x\r\n\r\n", 2 * total},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var d sse.Decoder
			events := 0
			for rest := []byte(tt.stream); len(rest) > 0; {
				n := min(tt.chunk, len(rest))
				if err := d.Feed(rest[:n], func(sse.Event) { events++ }); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			assert.Equal(t, 1, events)
		})
	}
}

// TestDecoder_Idle: comments and blank lines begin no event; all else does, until
// the next blank line.
func TestDecoder_Idle(t *testing.T) {
	for chunks, want := range map[string]bool{
		"": false, ": ping": false, ": ping\n": true, ": ping|\n": true, "\n": true, "\r": true, "\r|\n": true,
		"data: x\n": false, "data: x\n\n": true, "data: x\n\n: ping\n": true, "data: x\n: ping\n": false,
		"event: x\n": false, "event: x\n\n": true, "id: 1\n": false, "retry: 5\n": false, "id: 1\n\n": true,
		"stray\n": false, "a long stray\n": false, "stray\n\n": true, "\ufeff": true, "\xef": false, ": a long |comment\n": true,
	} {
		var d sse.Decoder
		for chunk := range strings.SplitSeq(chunks, "|") {
			require.NoError(t, d.Feed([]byte(chunk), func(sse.Event) {}))
		}
		assert.Equal(t, want, d.Idle(), "%q", chunks)
	}
	d := sse.Decoder{MaxEventBytes: 1}
	assert.Error(t, d.Feed([]byte("data: xx\n\n"), nil))
	assert.False(t, d.Idle(), "after an error")
}
