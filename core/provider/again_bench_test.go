package provider

import (
	"testing"

	"github.com/retrystream/retrystream/core/sse"
)

// BenchmarkAgain reads an event that is like the last one.
func BenchmarkAgain(b *testing.B) {
	r := Find("https://api.openai.com/v1/chat/completions", "").NewReader()
	ev := func(text, pad string) string {
		return `data: {"id":"chatcmpl-DuLdRJdgsTDkaWQbovITznUPevjfI","object":"chat.completion.chunk","created":1782321905,` +
			`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_51b9c32e14",` +
			`"choices":[{"index":0,"delta":{"content":"` + text + `"},"logprobs":null,"finish_reason":null}],"obfuscation":"` + pad + `"}` + "\n\n"
	}
	for _, pad := range []string{"abc", "defg", "hijkl", "fkdls"} {
		throughTemplate(r, ev(" word", pad))
	}
	chunk := []byte(ev(" other", "Ajdkslfjdk"))
	var got sse.Event
	if n, _ := r.Again(chunk, &got); n == 0 {
		b.Fatal("not again")
	}
	for b.Loop() {
		r.Again(chunk, &got)
	}
}
