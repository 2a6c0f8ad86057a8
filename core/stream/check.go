//go:build !js

package stream

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
)

// check returns an *OptionError for the first option that cannot be meant.
func (o Options) check() error {
	if problem := urlProblem(o.URL); problem != "" {
		return &OptionError{"URL", problem}
	}
	if !provider.Known(o.Provider) {
		return &OptionError{"Provider", providerProblem(o.Provider)}
	}
	switch o.Partial {
	case "", PartialRestart, PartialFail, PartialResume:
	default:
		return &OptionError{"Partial", "is unknown; use PartialRestart, PartialFail or PartialResume"}
	}
	if d, ok := errors.AsType[*retry.DelaysError](o.Delays.Check()); ok {
		return &OptionError{"Delays." + d.Member, d.Problem}
	}
	for _, count := range []struct {
		option string
		value  int
		zero   string
	}{
		{"MaxAttempts", o.MaxAttempts, "no limit"},
		{"MaxFruitlessAttempts", o.MaxFruitlessAttempts, "no limit"},
		{"MaxEventBytes", o.MaxEventBytes, "16 MiB"},
	} {
		if count.value < 0 {
			return &OptionError{count.option, "is negative; 0 is for " + count.zero}
		}
	}
	for _, length := range []struct {
		option string
		value  time.Duration
		zero   string // what to write instead of a negative value, "" where that has a meaning
	}{
		{"MaxElapsed", o.MaxElapsed, "no limit"},
		{"MaxRetryAfter", o.MaxRetryAfter, ""},
		{"ConnectTimeout", o.ConnectTimeout, "as long as SilenceTimeout"},
		{"SilenceTimeout", o.SilenceTimeout, ""},
		{"ProgressTimeout", o.ProgressTimeout, "no limit"},
	} {
		switch {
		case length.value < 0 && length.zero != "":
			return &OptionError{length.option, "is negative; 0 is for " + length.zero}
		case length.value > 0 && length.value < time.Millisecond:
			return &OptionError{length.option, "is less than a millisecond; a number alone counts nanoseconds: write 30*time.Second, say"}
		}
	}
	if o.Facts && o.Relay != nil {
		return &OptionError{"Facts", "has no meaning where bytes are relayed (by Host.Relay, or by a retryhttp.Transport) and no events handed out; leave it out"}
	}
	return nil
}

// urlProblem says why nothing can be sent to a URL, without a part of it. An empty one
// is none: it only tells nothing of the provider.
func urlProblem(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "cannot be parsed; write it like https://example.com/v1/responses, with everything else escaped"
	case u.Scheme == "" || u.Host == "":
		return "has no scheme and host; write all of it, like https://example.com/v1/responses"
	}
	return ""
}

// providerProblem says what to use instead of an unknown id.
func providerProblem(id string) string {
	ids := provider.IDs()
	nearest, least := "", min(3, len(id)/2+1) // more typing errors are another word
	for _, known := range ids {
		if d := distance(strings.ToLower(id), known, least); d < least {
			nearest, least = known, d
		}
	}
	if nearest != "" {
		return `is no provider's id; did you mean "` + nearest + `"?`
	}
	return `is no provider's id; use "` + provider.Auto + `" or one of "` + strings.Join(ids, `", "`) + `"`
}

// distance returns how many letters to change, add, leave out or swap with the next one
// to make b of a; from limit on it need not be exact.
func distance(a, b string, limit int) int {
	switch {
	case len(a)-len(b) >= limit || len(b)-len(a) >= limit:
		return limit
	case a == "" || b == "":
		return len(a) + len(b)
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			same := last[j]
			if a[i] != b[j] {
				same++
			}
			row[j+1] = min(same, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
