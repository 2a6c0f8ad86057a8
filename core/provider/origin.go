package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// SameOrigin tells whether two URLs have the same scheme, host and port. Those that begin
// with their path are taken to be of one origin.
func SameOrigin(a, b string) bool { return origin(a) == origin(b) }

// origin is what a URL has before its path, without the port where that is the scheme's
// own.
func origin(url string) string {
	scheme, rest, absolute := strings.Cut(ascii.ToLower(url), "://")
	if !absolute {
		return ""
	}
	if end := ascii.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	own := ":443"
	if scheme == "http" {
		own = ":80"
	}
	return scheme + "://" + strings.TrimSuffix(rest, own)
}
