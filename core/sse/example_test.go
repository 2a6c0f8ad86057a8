package sse_test

import (
	"fmt"
	"os"

	"github.com/retrystream/retrystream/core/sse"
)

func ExampleDecoder() {
	var d sse.Decoder
	emit := func(ev sse.Event) { fmt.Printf("%s: %s\n", ev.Type, ev.Data) }

	// Chunks are cut anywhere.
	for _, chunk := range []string{"event: gre", "eting\ndata: hel", "lo\n\neve", "nt: end\ndata: bye\n\n"} {
		if err := d.Feed([]byte(chunk), emit); err != nil {
			fmt.Println(err)
			return
		}
	}
	d.End(func(sse.Event) { fmt.Println("the last event was cut short") })
	// Output:
	// greeting: hello
	// end: bye
}

func ExampleDecoder_End() {
	var d sse.Decoder
	_ = d.Feed([]byte("data: {\"done\":true}\n"), func(sse.Event) { fmt.Println("not reached") })
	// The blank line is missing. Here the data is whole all the same.
	d.End(func(ev sse.Event) { fmt.Printf("pending: %s\n", ev.Data) })
	// Output: pending: {"done":true}
}

func ExampleDecoder_Retry() {
	var d sse.Decoder
	_ = d.Feed([]byte("retry: 2500\n\n"), nil)
	delay, ok := d.Retry()
	fmt.Println(delay, ok)
	// Output: 2.5s true
}

func ExampleAppendEvent() {
	var out []byte
	out = sse.AppendEvent(out, sse.Event{Type: []byte("add"), Data: []byte("two\nlines"), ID: []byte("7")})
	out = sse.AppendComment(out, "keep the connection open")
	os.Stdout.Write(out)
	// Output:
	// event: add
	// id: 7
	// data: two
	// data: lines
	//
	// : keep the connection open
}
