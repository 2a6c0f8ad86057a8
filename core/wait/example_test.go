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
	room.Hold("api.example.com", time.Now().Add(50*time.Millisecond))
	leave()

	// Another one of the same page starts no attempt before.
	leave, err := room.Enter(ctx, "api.example.com", nil, func(time.Time) { fmt.Println("waiting") })
	if err != nil {
		return // ctx has ended
	}
	defer leave() // when the response's head has come
	fmt.Println("held:", !room.Until("api.example.com").IsZero())
	// Output:
	// tell the other tabs: wait for api.example.com
	// waiting
	// held: false
}
