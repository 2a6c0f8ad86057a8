package retry_test

import (
	"context"
	"errors"
	"fmt"
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
	// Output:
	// attempt 1: The AI provider is temporarily overloaded. Retrying in 1s.
	// answered
}
