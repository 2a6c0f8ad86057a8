package sse_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/sse"
	"github.com/retrystream/retrystream/core/testdata"
)

// decodeSimply is the WHATWG algorithm written down as plainly as it goes, on a
// whole body at once, to compare the Decoder with.
func decodeSimply(input []byte, limit int) (r decoded) {
	body := strings.TrimPrefix(string(input), "\xEF\xBB\xBF")
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = strings.ReplaceAll(body, "\r", "\n")
	lines := strings.Split(body, "\n")

	var typ, id string
	var data []string
	size := 0 // of the data, joined
	event := func() sse.Event {
		return sse.Event{Type: []byte(typ), Data: []byte(strings.Join(data, "\n")), ID: []byte(id)}
	}
	fail := func() decoded {
		r.err = &sse.TooLargeError{Limit: limit}
		return r
	}
	for i, line := range lines {
		finished := i < len(lines)-1
		if line == "" {
			if finished && data != nil {
				r.events = append(r.events, event())
			}
			if finished {
				typ, data, size = "", nil, 0
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		known := name == "data" || name == "event" || name == "id" || name == "retry"
		if known && len(value) > limit {
			// An unfinished line this short is not looked at before the end.
			if !finished && len(line) < len("event: ") {
				return r
			}
			return fail()
		}
		switch name {
		case "data":
			if data != nil {
				size++
			}
			size += len(value)
			data = append(data, value)
			if size > limit {
				if !finished && len(line) < len("event: ") {
					return r
				}
				return fail()
			}
		case "event":
			typ = value
		case "id":
			if !strings.Contains(value, "\x00") {
				id = value
			}
		case "retry":
			if finished && value != "" && strings.Trim(value, "0123456789") == "" {
				ms, err := strconv.ParseInt(value, 10, 64)
				if err != nil || ms > 9223372036854 {
					ms = 9223372036854
				}
				r.retry, r.has = time.Duration(ms)*time.Millisecond, true
			}
		}
	}
	if data != nil {
		ev := event()
		r.pending = &ev
	}
	return r
}

// cutsFrom makes offsets to cut n bytes at from fuzzed bytes: distances.
func cutsFrom(pattern []byte, n int) []int {
	var cuts []int
	at := 0
	for i := 0; len(pattern) > 0; i++ {
		at += int(pattern[i%len(pattern)])%16 + 1
		if at >= n {
			break
		}
		cuts = append(cuts, at)
	}
	return cuts
}

func FuzzDecoder(f *testing.F) {
	raw, err := testdata.Vectors.ReadFile("vectors/sse.json")
	require.NoError(f, err)
	var vectors []vector
	require.NoError(f, json.Unmarshal(raw, &vectors))
	for i, v := range vectors {
		input := []byte(v.Input)
		if v.InputBase64 != nil {
			input = v.InputBase64
		}
		f.Add(input, []byte{byte(i), byte(i / 3)}, uint8(v.MaxEventBytes))
	}
	f.Fuzz(func(t *testing.T, input, pattern []byte, limit uint8) {
		max := int(limit)
		if max == 0 {
			max = sse.DefaultMaxEventBytes
		}
		want := decodeSimply(input, max).text()
		require.Equal(t, want, decode(input, nil, max).text(), "whole")
		require.Equal(t, want, decode(input, cutsFrom([]byte{0}, len(input)), max).text(), "byte by byte")
		cuts := cutsFrom(pattern, len(input))
		require.Equal(t, want, decode(input, cuts, max).text(), "cut at %v", cuts)
	})
}

// clean is what the encoder makes of a type or an id.
func clean(b []byte) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(b))
}

func FuzzAppendEvent(f *testing.F) {
	f.Add([]byte(""), []byte(""), []byte(""), "")
	f.Add([]byte("add"), []byte("{\"a\":1}\r\nb\rc\n"), []byte("7"), "ping\rpong")
	f.Add([]byte("a\nid: 1"), []byte("\n\ndata: x\n\n"), []byte("1\r\ndata: y\x00"), "\n\ndata: x\n\n")
	f.Add([]byte(" a"), []byte(" \n b"), []byte(" "), "\uFEFF")
	f.Fuzz(func(t *testing.T, typ, data, id []byte, comment string) {
		one := sse.AppendEvent(nil, sse.Event{Type: typ, Data: data, ID: id})
		stream := sse.AppendComment(nil, comment)
		stream = append(stream, one...)
		stream = sse.AppendComment(stream, comment)
		stream = append(stream, one...)

		lines := bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		r := decode(stream, nil, 0)
		require.NoError(t, r.err)
		require.Nil(t, r.pending)
		require.False(t, r.has)
		require.Len(t, r.events, 2)
		for _, ev := range r.events {
			require.Equal(t, clean(typ), string(ev.Type))
			require.Equal(t, string(lines), string(ev.Data))
			require.Equal(t, clean(id), string(ev.ID))
		}
		// Written again, what was read gives the same bytes.
		require.Equal(t, string(one), string(sse.AppendEvent(nil, r.events[0])))
	})
}
