package border

import (
	"time"
	"unsafe"

	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// Start is what begins a call: the options that the page has checked, each under its
// name there, and what else the call is. All of it is numbers, which may stand
// in any order.
type Start struct {
	MaxAttempts          float64
	MaxFruitlessAttempts float64
	MaxAlike             float64
	EmptyAttempts        float64
	MaxElapsedMs         float64
	MaxRetryAfterMs      float64
	InitialMs            float64
	MaxMs                float64
	Multiplier           float64
	ConnectTimeoutMs     float64
	SilenceTimeoutMs     float64
	ProgressTimeoutMs    float64
	URL                  Text
	Provider             Text
	Partial              Text
	Jitter               Text
	// RoomKey names the streams that wait together; empty for none.
	RoomKey Text
	// Asks has the page asked before each further attempt.
	Asks Flag
	// Relays has the bytes handed on and not the events.
	Relays Flag
	// Sent says that the first request is on its way.
	Sent Flag
	// FallsBack has the page asked once the attempts have failed for good.
	FallsBack Flag
}

// Text is a text beside a struct: where it begins and ends, counted in bytes from the
// struct's first one.
type Text struct{ From, To float64 }

// In returns the text, of a struct that b begins with.
func (t Text) In(b []byte) string { return string(b[int(t.From):int(t.To)]) }

// Flag is 0 for false and 1 for true.
type Flag float64

// ReadStart returns what b begins with.
func ReadStart(b []byte) (s Start) {
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s)), b)
	return s
}

// Options returns the options of a stream; b is what s was read from.
func (s *Start) Options(b []byte) stream.Options {
	return stream.Options{
		URL:                  s.URL.In(b),
		Provider:             s.Provider.In(b),
		Partial:              stream.Partial(s.Partial.In(b)),
		MaxAttempts:          int(s.MaxAttempts),
		MaxFruitlessAttempts: int(s.MaxFruitlessAttempts),
		MaxAlike:             int(s.MaxAlike),
		EmptyAttempts:        int(s.EmptyAttempts),
		MaxElapsed:           Duration(s.MaxElapsedMs),
		MaxRetryAfter:        Duration(s.MaxRetryAfterMs),
		Delays: retry.Delays{
			Initial:    Duration(s.InitialMs),
			Max:        Duration(s.MaxMs),
			Multiplier: s.Multiplier,
			Jitter:     retry.Jitter(s.Jitter.In(b)),
		},
		ConnectTimeout:  Duration(s.ConnectTimeoutMs),
		SilenceTimeout:  Duration(s.SilenceTimeoutMs),
		ProgressTimeout: Duration(s.ProgressTimeoutMs),
	}
}

// Duration turns milliseconds into a Duration. More than it holds is for ever.
func Duration(ms float64) time.Duration {
	if ms > 1e12 {
		return -1
	}
	return time.Duration(ms * float64(time.Millisecond))
}
