package retry_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
)

func ExampleDelay() {
	for attempt := range 8 {
		fmt.Print(retry.Delay(attempt), " ")
	}
	// Output: 1s 2s 4s 8s 16s 32s 1m0s 1m0s
}

func ExampleDelays() {
	delays := retry.Delays{Initial: 200 * time.Millisecond, Max: 5 * time.Second, Multiplier: 3}
	for attempt := range 5 {
		fmt.Println(delays.Delay(attempt, nil))
	}

	// With jitter, callers who failed together come back at different times. A
	// seed makes these times the same in every run.
	delays.Jitter = retry.JitterEqual
	random := rand.New(rand.NewPCG(1, 2)).Float64
	fmt.Println(delays.Delay(3, random).Round(time.Millisecond))
	fmt.Println(delays.Delay(3, random).Round(time.Millisecond))

	fmt.Println(retry.Delays{Initial: time.Minute, Max: time.Second}.Check())
	// Output:
	// 200ms
	// 600ms
	// 1.8s
	// 5s
	// 5s
	// 4.191s
	// 3.653s
	// retry: Delays.Max is less than Initial
}

func ExampleRetry() {
	calls := 0
	ask := func(context.Context) error {
		if calls++; calls == 1 {
			return errors.New("529: overloaded_error")
		}
		fmt.Println("answered")
		return nil
	}
	_ = retry.Retry(context.Background(), ask, func(attempt int, err error, delay time.Duration) {
		fmt.Printf("attempt %d: %s Retrying in %s.\n", attempt, failure.Classify(err).Message, delay)
	})
	// Prints, as TestExampleRetry holds in virtual time:
	// attempt 1: The AI provider is temporarily overloaded. Retrying in 1s.
	// answered
}
