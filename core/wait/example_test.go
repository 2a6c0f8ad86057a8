package wait_test

import (
	"context"
	"fmt"
	"time"

	"github.com/retrystream/retrystream/core/wait"
)

func ExampleRoom() {
	room := &wait.Room{OnHold: func(key string, _ time.Time) { fmt.Println("tell the other tabs: wait for", key) }}
	ctx := context.Background()

	// One stream is refused, with a delay. It holds the key, then leaves.
	leave, _ := room.Enter(ctx, "api.example.com", nil, nil)
	room.Hold("api.example.com", time.Now().Add(time.Minute))
	leave()

	// Another one of the same page starts no attempt before, unless a person asks
	// for it.
	now := make(chan struct{}, 1)
	leave, err := room.Enter(ctx, "api.example.com", now, func(time.Time) {
		fmt.Println("waiting")
		now <- struct{}{}
	})
	if err != nil {
		return // ctx has ended
	}
	defer leave() // when the response's head has come
	fmt.Println("held:", !room.Until("api.example.com").IsZero())
	// Output:
	// tell the other tabs: wait for api.example.com
	// waiting
	// held: true
}
