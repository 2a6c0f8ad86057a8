package provider

import (
	"testing"

	"github.com/retrystream/retrystream/core/sse"
)

// BenchmarkRead reads an event that is like no other, with and without the notes
// that resuming needs.
func BenchmarkRead(b *testing.B) {
	const gemini = "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent"
	for _, bc := range []struct{ name, url, typ, data string }{
		{"chat", chatURL, "", `{"id":"chatcmpl-DuLdRJdgsTDkaWQbovITznUPevjfI","object":"chat.completion.chunk","created":1782321905,` +
			`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_51b9c32e14",` +
			`"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"obfuscation":"Ajdkslfjdk"}`},
		{"messages", "https://api.anthropic.com/v1/messages", "content_block_delta",
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}`},
		{"responses", responsesURL, "response.output_text.delta",
			`{"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_68c1","output_index":0,"content_index":0,"delta":" word","logprobs":[],"obfuscation":"Ajdkslfjdk"}`},
		{"gemini", gemini, "", `{"candidates":[{"content":{"parts":[{"text":" word"}],"role":"model"},"index":0}],` +
			`"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,"totalTokenCount":10},"modelVersion":"gemini-2.5-flash","responseId":"IuZ"}`},
	} {
		for _, tracks := range []bool{false, true} {
			name := bc.name
			if tracks {
				name += "/tracked"
			}
			b.Run(name, func(b *testing.B) {
				r := Find(bc.url, "").NewReader()
				if tracks {
					r.TrackResume()
				}
				ev := sse.Event{Type: []byte(bc.typ), Data: []byte(bc.data)}
				b.ReportAllocs()
				text := 0
				for b.Loop() {
					text += len(r.Read(ev).Text)
				}
				if text == 0 {
					b.Fatal("no text")
				}
			})
		}
	}
}
