package sse_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/sse"
)

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		typ, data, id string
		want          string
	}{
		{"data only", "", "a", "", "data: a\n\n"},
		{"all fields", "t", "a", "1", "event: t\nid: 1\ndata: a\n\n"},
		{"no data", "t", "", "", "event: t\ndata: \n\n"},
		{"leading space", " t", " a", " 1", "event:  t\nid:  1\ndata:  a\n\n"},
		{"every kind of line end", "", "a\nb\rc\r\nd", "", "data: a\ndata: b\ndata: c\ndata: d\n\n"},
		{"line ends at both ends", "", "\na\r\n", "", "data: \ndata: a\ndata: \n\n"},
		{"CR CR LF are two line ends", "", "a\r\r\nb", "", "data: a\ndata: \ndata: b\n\n"},
		{"data that looks like a field", "", "data: a\n\nid: 1", "", "data: data: a\ndata: \ndata: id: 1\n\n"},
		{"type cannot inject", "t\n\ndata: x\r", "a", "", "event: tdata: x\ndata: a\n\n"},
		{"id cannot inject", "", "a", "1\r\ndata: x\x00", "id: 1data: x\ndata: a\n\n"},
		{"type and id of line ends only", "\n", "a", "\x00", "data: a\n\n"},
		{"bytes pass through", "\xFF", "\x00\xE2\x82", "\xFE", "event: \xFF\nid: \xFE\ndata: \x00\xE2\x82\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ev := sse.Event{Type: []byte(tt.typ), Data: []byte(tt.data), ID: []byte(tt.id)}
			assert.Equal(t, "before"+tt.want, string(sse.AppendEvent([]byte("before"), ev)))
		})
	}
}

func TestAppendComment(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                ": \n\n",
		"ping":            ": ping\n\n",
		"a\nb\r\nc\rd":    ": a\n: b\n: c\n: d\n\n",
		"\n\ndata: x\n\n": ": \n: \n: data: x\n: \n: \n\n",
	} {
		assert.Equal(t, "before"+want, string(sse.AppendComment([]byte("before"), in)), "%q", in)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	ev := sse.Event{Type: []byte("t"), Data: []byte("a\nb"), ID: []byte("1")}
	dst := make([]byte, 0, 256)
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		sse.AppendComment(sse.AppendEvent(dst, ev), "ping")
	}))
}
