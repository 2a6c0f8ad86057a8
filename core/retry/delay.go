package retry

import "time"

const (
	// InitialDelay is the wait before the first retry.
	InitialDelay = time.Second
	// MaxDelay is the longest wait that backoff alone asks for. A provider's own
	// delay may be longer.
	MaxDelay = 60 * time.Second
)

// Delay is the backoff after the given failed attempt, counted from 0: 1s, 2s,
// 4s, 8s, 16s, 32s, then 60s for ever. A negative attempt counts as 0. There is
// no jitter: the same attempt always waits the same time.
func Delay(attempt int) time.Duration {
	d := InitialDelay
	for range attempt {
		d *= 2
		if d >= MaxDelay {
			return MaxDelay
		}
	}
	return d
}
