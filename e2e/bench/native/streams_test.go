// Package native_test compares core/sse with other Go readers of event streams.
//
// Each reader decodes the same response bodies, handed out chunk by chunk. An
// operation is one whole body, of eventsPerBody events, and every operation
// checks that no event and no byte of data was lost.
package native_test

import (
	"io"
	"strconv"
	"strings"
)

const text = "the river turns slowly under old bridges while two herons wait for evening"

// eventsPerBody is a multiple of every chunk size.
const eventsPerBody = 4096

// event is one event as strings; id is the last one that the stream gave.
type event struct{ typ, id, data string }

// body is a stream and what a reader must find in it.
type body struct {
	name      string
	wire      []string // the bytes of each event
	events    []event
	dataBytes int
}

func (b body) add(ev event, wire string) body {
	b.wire, b.events, b.dataBytes = append(b.wire, wire), append(b.events, ev), b.dataBytes+len(ev.data)
	return b
}

// chunks joins n events into each chunk.
func (b body) chunks(n int) (chunks [][]byte) {
	for i := 0; i < len(b.wire); i += n {
		chunks = append(chunks, []byte(strings.Join(b.wire[i:i+n], "")))
	}
	return chunks
}

// chatBody is an OpenAI chat stream of about 250 bytes an event.
func chatBody() body {
	b, words := body{name: "chat"}, strings.Fields(text)
	for i := range eventsPerBody {
		data := `{"id":"chatcmpl-Bq7Xw2LmT4","object":"chat.completion.chunk","created":1763769600,"model":"gpt-4o-mini-2024-07-18",` +
			`"system_fingerprint":"fp_5c1e8a","choices":[{"index":0,"delta":{"content":" ` + words[i%len(words)] +
			`"},"logprobs":null,"finish_reason":null}]}`
		b = b.add(event{data: data}, "data: "+data+"\n\n")
	}
	return b
}

// mixedBody has CRLF line ends, names, ids on every other event, and one to
// three lines of data. It has nothing that the readers take differently, such as
// events without data.
func mixedBody() body {
	b, id := body{name: "mixed"}, ""
	for i := range eventsPerBody {
		typ := "delta" + strconv.Itoa(i%3)
		wire := "event: " + typ + "\r\n"
		if i%2 == 0 {
			id = "evt_" + strconv.Itoa(i)
			wire += "id: " + id + "\r\n"
		}
		data := ""
		for line := range 1 + i%3 {
			data += `{"part":` + strconv.Itoa(line) + `,"text":"` + text[:10+(7*i+line)%60] + "\"}\n"
		}
		data = strings.TrimSuffix(data, "\n")
		wire += "data: " + strings.ReplaceAll(data, "\n", "\r\ndata: ") + "\r\n\r\n"
		b = b.add(event{typ, id, data}, wire)
	}
	return b
}

// chunkReader gives at most one chunk a read, as a connection would.
type chunkReader struct {
	chunks [][]byte
	offset int // in the first chunk
}

func (r *chunkReader) Read(p []byte) (int, error) {
	if len(r.chunks) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.chunks[0][r.offset:])
	if r.offset += n; r.offset == len(r.chunks[0]) {
		r.chunks, r.offset = r.chunks[1:], 0
	}
	return n, nil
}
