package sse_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/retrystream/retrystream/core/sse"
)

func BenchmarkFeed(b *testing.B) {
	for _, perChunk := range []int{1, 8, 64} {
		chunk := []byte(strings.Repeat(openAIEvent, perChunk))
		b.Run(strconv.Itoa(perChunk)+"-events-a-chunk", func(b *testing.B) {
			benchmarkFeed(b, [][]byte{chunk})
		})
	}
	b.Run("events-over-2-chunks", func(b *testing.B) {
		benchmarkFeed(b, [][]byte{[]byte(openAIEvent[:100]), []byte(openAIEvent[100:])})
	})
	b.Run("crlf-8-events-a-chunk", func(b *testing.B) {
		chunk := strings.ReplaceAll(strings.Repeat(openAIEvent, 8), "\n", "\r\n")
		benchmarkFeed(b, [][]byte{[]byte(chunk)})
	})
	b.Run("anthropic-8-events-a-chunk", func(b *testing.B) {
		benchmarkFeed(b, [][]byte{[]byte(strings.Repeat(anthropicEvent, 8))})
	})
}

func benchmarkFeed(b *testing.B, chunks [][]byte) {
	var d sse.Decoder
	bytes, length := 0, 0
	emit := func(ev sse.Event) { length += len(ev.Data) }
	for _, chunk := range chunks {
		bytes += len(chunk)
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, chunk := range chunks {
			if err := d.Feed(chunk, emit); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	ev := sse.Event{Type: []byte("content_block_delta"), Data: []byte(openAIEvent[6 : len(openAIEvent)-2])}
	var dst []byte
	b.SetBytes(int64(len(openAIEvent)))
	b.ReportAllocs()
	for b.Loop() {
		dst = sse.AppendEvent(dst[:0], ev)
	}
}
