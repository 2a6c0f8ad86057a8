package retry

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	// InitialDelay is the wait before the first retry, unless Delays say otherwise.
	InitialDelay = time.Second
	// MaxDelay is the longest wait that backoff alone asks for, unless Delays say
	// otherwise. A provider's own delay may be longer.
	MaxDelay = 60 * time.Second
)

// Delay returns the backoff after the given failed attempt, counted from 0: 1s, 2s,
// 4s, 8s, 16s, 32s, then 60s for ever. A negative attempt counts as 0. There is
// no jitter: the same attempt always waits the same time. It is what the zero
// Delays give.
func Delay(attempt int) time.Duration { return Delays{}.Delay(attempt, nil) }

// Jitter is how far chance shortens a delay, so that many callers who failed
// together do not come back together. The empty Jitter is JitterNone.
type Jitter string

const (
	// JitterNone leaves every delay as it is.
	JitterNone Jitter = "none"
	// JitterFull takes any time from 0 to the delay, each as likely.
	JitterFull Jitter = "full"
	// JitterEqual takes half of the delay and any part of the other half.
	JitterEqual Jitter = "equal"
)

// Delays are the waits between attempts: Initial, then each Multiplier times as
// long as the one before, up to Max. The zero value is what Delay returns. For the
// tags see stream.Options.
type Delays struct {
	// Initial is the first wait; 1 second unless set, or the longest wait if that
	// is less. In Go, 0 means InitialDelay.
	Initial time.Duration `option:"initialMs"`
	// Max is the longest wait, and not less than the first one; 60 seconds unless
	// set, or the first wait if that is more. In Go, 0 means MaxDelay.
	Max time.Duration `option:"maxMs"`
	// Multiplier is how many times as long each wait is as the one before, 1 or
	// more; 2 unless set. In Go, 0 means 2.
	Multiplier float64 `option:"multiplier"`
	// Jitter shortens the waits by chance: "full" takes any time from 0 to the
	// wait, "equal" half of it and any part of the other half; "none" unless set.
	// In Go, empty means JitterNone.
	Jitter Jitter `option:"jitter"`
}

// DelaysError is the error for a member of Delays that is wrong.
type DelaysError struct {
	// Member is the name of the Go field, such as "Initial".
	Member string
	// Problem completes the sentence that Member begins.
	Problem string
}

func (e *DelaysError) Error() string { return "retry: Delays." + e.Member + " " + e.Problem }

// Check returns a *DelaysError for the first member that is out of its range, and
// nil if there is none.
func (d Delays) Check() error {
	switch {
	case d.Initial < 0:
		return &DelaysError{"Initial", "is negative"}
	case d.Max < 0:
		return &DelaysError{"Max", "is negative"}
	case d.Max > 0 && d.Max < d.Initial:
		return &DelaysError{"Max", "is less than Initial"}
	case d.Multiplier < 0:
		return &DelaysError{"Multiplier", "is negative"}
	case math.IsNaN(d.Multiplier) || math.IsInf(d.Multiplier, 1):
		return &DelaysError{"Multiplier", "is not a finite number"}
	case d.Multiplier != 0 && d.Multiplier < 1:
		return &DelaysError{"Multiplier", "is less than 1"}
	}
	switch d.Jitter {
	case "", JitterNone, JitterFull, JitterEqual:
		return nil
	}
	return &DelaysError{"Jitter", "is none of none, full and equal"}
}

// maxSteps bounds the work of one Delay. It matters only to a multiplier that is
// hardly more than 1, whose waits stop growing there.
const maxSteps = 10_000

// Delay returns the wait after the given failed attempt, counted from 0; a negative
// attempt counts as 0. It is at least 0 and at most Max, and without jitter never
// shorter than the wait after an earlier attempt.
//
// random returns numbers of at least 0 and below 1 for the jitter, one a call. Nil
// means the source of math/rand/v2, which is seeded anew in every program.
//
// Delays that Check rejects give delays too: a number out of its range counts as
// 0, an unknown jitter as none, and Max holds even where Initial is more.
func (d Delays) Delay(attempt int, random func() float64) time.Duration {
	delay, least := d.backoff(attempt), time.Duration(0)
	switch d.Jitter {
	case JitterFull:
	case JitterEqual:
		least = delay / 2
	default:
		return delay
	}
	if random == nil {
		random = rand.Float64
	}
	part := random()
	// A source that leaves its range must not lead out of ours.
	switch {
	case part >= 1:
		return delay
	case part > 0: // NaN is not
		return least + time.Duration(part*float64(delay-least))
	}
	return least
}

// backoff returns the delay without jitter.
func (d Delays) backoff(attempt int) time.Duration {
	if d.Max <= 0 {
		d.Max = max(MaxDelay, d.Initial)
	}
	if d.Initial <= 0 {
		d.Initial = InitialDelay
	}
	if !(d.Multiplier >= 1) { // NaN is out of range too
		d.Multiplier = 2
	}
	// Steps, not a power: each is rounded alike, so that no delay can come out
	// shorter than the one before.
	delay, limit := float64(d.Initial), float64(d.Max)
	for range min(attempt, maxSteps) {
		if delay *= d.Multiplier; delay >= limit {
			return d.Max
		}
	}
	if delay >= limit {
		return d.Max
	}
	return time.Duration(delay + 0.5)
}
