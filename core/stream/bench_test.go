package stream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// chatChunks returns events of a Chat Completions stream as OpenAI sends it today,
// so many of them in each chunk.
func chatChunks(events, perChunk int) (chunks [][]byte, size int) {
	const padding = "F9iNLFh1z1gO2v7K"
	var chunk []byte
	for i := range events {
		chunk = fmt.Appendf(chunk, `data: {"id":"chatcmpl-DuLdRJdgsTDkaWQbovITznUPevjfI","object":"chat.completion.chunk","created":1782321905,`+
			`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_51b9c32e14",`+
			`"choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":null}],"obfuscation":"%s"}`+"\n\n", i%100, padding[:i%len(padding)])
		if (i+1)%perChunk == 0 {
			chunks, size, chunk = append(chunks, chunk), size+len(chunk), nil
		}
	}
	return chunks, size
}

func BenchmarkFeed(b *testing.B) {
	benchmarkFeed(b, func(a *stream.Attempt, chunk []byte) {
		a.Feed(chunk)
		a.Waiting()
	})
}

func BenchmarkFeedText(b *testing.B) {
	benchmarkFeed(b, func(a *stream.Attempt, chunk []byte) { a.FeedText(chunk, func([]byte) {}) })
}

func benchmarkFeed(b *testing.B, feed func(*stream.Attempt, []byte)) {
	for _, perChunk := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(perChunk, "-per-chunk"), func(b *testing.B) {
			chunks, size := chatChunks(64*16, perChunk)
			seen := 0
			s := mustNew(stream.Options{
				URL:         "https://api.openai.com/v1/chat/completions",
				MaxAttempts: 1,
				OnEvent:     func(ev *stream.Event) { seen += len(ev.Text) },
				Host:        stream.Host{Clock: func() time.Duration { return 1 }},
			})
			b.SetBytes(int64(size))
			b.ReportAllocs()
			_ = s.Run(context.Background(), func(_ context.Context, a *stream.Attempt) error {
				a.Respond(provider.Response{StatusCode: 200})
				for b.Loop() {
					for _, chunk := range chunks {
						feed(a, chunk)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(64*16), "ns/event")
				return nil
			})
			if seen == 0 {
				b.Fatal("no text")
			}
		})
	}
}

// BenchmarkRun reads a short reply from beginning to end: what a stream costs
// beside its events.
func BenchmarkRun(b *testing.B) {
	chunks, size := chatChunks(20, 20)
	chunk := append(chunks[0], `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n"...)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for b.Loop() {
		s := mustNew(stream.Options{
			URL:      "https://api.openai.com/v1/chat/completions",
			OnEvent:  func(*stream.Event) {},
			OnStatus: func(event.ChatStreamStatus) {},
		})
		err := s.Run(ctx, func(_ context.Context, a *stream.Attempt) error {
			a.Respond(provider.Response{StatusCode: 200})
			a.Feed(chunk)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
