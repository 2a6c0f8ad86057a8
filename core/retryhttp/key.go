package retryhttp

import (
	"cmp"
	"hash/maphash"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// harmless are the headers, in lower case, that cannot tell one caller from another,
// and of which some differ from request to request. One that ends with a star stands
// for all that begin like this.
var harmless = []string{
	"accept*", "anthropic-beta", "anthropic-version", "baggage", "cache-control", "connection", "content-*",
	"date", "host", "idempotency-key", "openai-beta", "origin", "pragma", "priority", "referer", "sec-*", "te",
	"traceparent", "tracestate", "user-agent", "x-client-request-id", "x-request-id", "x-stainless-*",
}

func isHarmless(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(harmless, func(h string) bool {
		start, all := strings.CutSuffix(h, "*")
		return name == h || all && strings.HasPrefix(name, start)
	})
}

// key names the server of a request and who asks it: whatever may tell two callers
// apart tells their keys apart, as one who is told to wait must not hold up another.
// It does not tell the credential, which is hashed with a number that is made anew for
// each Transport.
func (t *Transport) key(req *http.Request) string {
	t.once.Do(func() { t.seed = maphash.MakeSeed() })
	var h maphash.Hash
	h.SetSeed(t.seed)
	write := func(s string) {
		// With its length, so that no two lists of texts look the same. It never fails.
		_, _ = h.WriteString(strconv.Itoa(len(s)) + ":" + s)
	}
	write(strings.ToLower(cmp.Or(req.Host, req.URL.Host)))
	write(req.URL.RawQuery)
	write(req.URL.User.String())
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		if isHarmless(name) {
			continue
		}
		write(name)
		write(strconv.Itoa(len(req.Header[name])))
		for _, value := range req.Header[name] {
			write(value)
		}
	}
	return origin(req.URL) + "#" + strconv.FormatUint(h.Sum64(), 36)
}
