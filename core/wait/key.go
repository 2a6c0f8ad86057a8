package wait

import (
	"slices"
	"strings"
)

// Harmless returns the headers, in lower case, that cannot tell one caller from another,
// and of which some differ from request to request: a room's key is made of all others.
// One that ends with a star stands for all that begin like this. A page goes by the same
// list.
func Harmless() []string {
	return []string{
		"accept*", "anthropic-beta", "anthropic-version", "baggage", "cache-control", "connection", "content-*",
		"date", "host", "idempotency-key", "openai-beta", "origin", "pragma", "priority", "referer", "sec-*", "te",
		"traceparent", "tracestate", "user-agent", "x-client-request-id", "x-request-id", "x-stainless-*",
	}
}

// IsHarmless reports whether a header of that name is one of the Harmless.
func IsHarmless(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(Harmless(), func(h string) bool {
		start, all := strings.CutSuffix(h, "*")
		return name == h || all && strings.HasPrefix(name, start)
	})
}
