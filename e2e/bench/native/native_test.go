package native_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	r3labs "github.com/r3labs/sse/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gosse "github.com/tmaxmax/go-sse"

	"github.com/retrystream/retrystream/core/sse"
)

// tally is what a reader found; the events themselves only if keep is set.
type tally struct {
	events, dataBytes int
	keep              bool
	kept              []event
}

func add[T string | []byte](t *tally, typ, id, data T) {
	t.events++
	t.dataBytes += len(data)
	if t.keep {
		t.kept = append(t.kept, event{string(typ), string(id), string(data)})
	}
}

type reader struct {
	name string
	read func(io.Reader, *tally) error
}

// readers gives the three libraries as one would use them on a response body.
func readers() []reader {
	return []reader{{"retrystream", readRetrystream}, {"go-sse", readGoSSE}, {"r3labs", readR3labs}}
}

func readRetrystream(r io.Reader, t *tally) error {
	return feed(r, func(ev sse.Event) { add(t, ev.Type, ev.ID, ev.Data) })
}

// readStrings makes strings that may be kept, as go-sse always does.
func readStrings(r io.Reader, t *tally) error {
	return feed(r, func(ev sse.Event) { add(t, string(ev.Type), string(ev.ID), string(ev.Data)) })
}

// readGoSSE uses what go-sse recommends for the replies of language models.
func readGoSSE(r io.Reader, t *tally) error {
	for ev, err := range gosse.Read(r, nil) {
		if err != nil {
			return err
		}
		add(t, ev.Type, ev.LastEventID, ev.Data)
	}
	return nil
}

// readR3labs uses the Client, the one exported way to parsed events. Beside
// framing and parsing, that measures a goroutine and a channel that every event
// passes, and one request in process for each body, without a network. What its
// parsing costs alone cannot be measured from outside.
func readR3labs(r io.Reader, t *tally) error {
	client := r3labs.NewClient("http://bench.invalid/")
	client.Connection.Transport = transport{r}
	return client.SubscribeRaw(func(ev *r3labs.Event) { add(t, ev.Event, ev.ID, ev.Data) })
}

// feed reads chunks into memory of its own first, as the other readers do.
func feed(r io.Reader, emit func(sse.Event)) error {
	var d sse.Decoder
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if feedErr := d.Feed(buf[:n], emit); feedErr != nil || err != nil && err != io.EOF {
			return errors.Join(feedErr, err)
		} else if err == io.EOF {
			d.End(emit)
			return nil
		}
	}
}

// transport answers a request with the body.
type transport struct{ body io.Reader }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(t.body), Request: req}, nil
}

func BenchmarkDecode(b *testing.B) { benchmark(b, chatBody(), readers()) }

func BenchmarkDecodeMixed(b *testing.B) { benchmark(b, mixedBody(), readers()) }

// BenchmarkDecodeStrings is core/sse where every event is kept as strings.
func BenchmarkDecodeStrings(b *testing.B) {
	benchmark(b, chatBody(), []reader{{"retrystream", readStrings}})
}

func benchmark(b *testing.B, of body, readers []reader) {
	want := tally{events: len(of.events), dataBytes: of.dataBytes}
	for _, r := range readers {
		for _, n := range []int{1, 8, 64} {
			chunks := of.chunks(n)
			b.Run(r.name+"/"+strconv.Itoa(n)+"-per-chunk", func(b *testing.B) {
				b.SetBytes(int64(len(strings.Join(of.wire, ""))))
				b.ReportAllocs()
				for b.Loop() {
					var got tally
					err := r.read(&chunkReader{chunks: chunks}, &got)
					if err != nil || got.events != want.events || got.dataBytes != want.dataBytes {
						b.Fatalf("got %+v, want %+v; error: %v", got, want, err)
					}
				}
			})
		}
	}
}

func TestAllReadersGiveTheSameEvents(t *testing.T) {
	for _, of := range []body{chatBody(), mixedBody()} {
		for _, r := range append(readers(), reader{"retrystream-strings", readStrings}) {
			for _, n := range []int{1, 8, 64} {
				t.Run(of.name+"/"+r.name+"/"+strconv.Itoa(n), func(t *testing.T) {
					got := tally{keep: true}
					require.NoError(t, r.read(&chunkReader{chunks: of.chunks(n)}, &got))
					require.True(t, slices.Equal(of.events, got.kept))
				})
			}
		}
	}
}

func TestNoAllocationPerEvent(t *testing.T) {
	for _, of := range []body{chatBody(), mixedBody()} {
		for _, n := range []int{1, 8, 64} {
			chunks, events := of.chunks(n), 0
			var d sse.Decoder
			// AllocsPerRun decodes the body once before it counts, which is when
			// the decoder gets the memory that it keeps for a stream.
			allocs := testing.AllocsPerRun(3, func() {
				for _, chunk := range chunks {
					require.NoError(t, d.Feed(chunk, func(sse.Event) { events++ }))
				}
			})
			assert.Zero(t, allocs, "%s, %d events a chunk", of.name, n)
			assert.Equal(t, 4*eventsPerBody, events)
		}
	}
}
