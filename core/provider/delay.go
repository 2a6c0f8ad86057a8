package provider

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// headerDelay reads the delay from the response's headers: retry-after-ms
// (milliseconds), then retry-after (seconds or an HTTP date). 0 means none;
// what is negative, past or not a number counts as none.
func headerDelay(header func(string) string, now time.Time) time.Duration {
	if d := number(header("retry-after-ms"), time.Millisecond); d > 0 {
		return d
	}
	value := strings.TrimSpace(header("retry-after"))
	if d := number(value, time.Second); d > 0 {
		return d
	}
	// The three date forms of RFC 9110, section 5.6.7.
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if at, err := time.Parse(layout, value); err == nil {
			return max(at.Sub(now), 0)
		}
	}
	return 0
}

// maxDelay bounds what is believed: 100 years.
const maxDelay = 100 * 365 * 24 * time.Hour

func number(s string, unit time.Duration) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(n) || n <= 0 || n*float64(unit) > float64(maxDelay) {
		return 0
	}
	return time.Duration(math.Ceil(n * float64(unit)))
}

// textDelay finds the delay in a provider's sentence: "Please try again in
// 5.289s", "Please retry in 46s", "try again in 6m0s", "retry after 20 seconds",
// or the bare "46s" of a RetryInfo. 0 means none.
func textDelay(s string) time.Duration {
	lower := strings.ToLower(s)
	for _, lead := range []string{"try again in ", "retry in ", "retry after ", "retry your request after ", "wait "} {
		if i := strings.Index(lower, lead); i >= 0 {
			if d := duration(lower[i+len(lead):]); d > 0 {
				return d
			}
		}
	}
	if len(s) < 24 && !strings.Contains(s, " ") {
		return duration(lower)
	}
	return 0
}

// duration reads the duration that s starts with: numbers with a unit each, as
// in "1h2m3.5s", "120ms" or "20 seconds".
func duration(s string) (total time.Duration) {
	for {
		s = strings.TrimLeft(s, " ")
		end := 0
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
			end++
		}
		if end == 0 {
			return total
		}
		digits := strings.TrimRight(s[:end], ".")
		s = strings.TrimLeft(s[end:], " ")
		end = 0
		for end < len(s) && s[end] >= 'a' && s[end] <= 'z' {
			end++
		}
		unit, ok := units[s[:end]]
		if !ok {
			return total
		}
		total += number(digits, unit)
		if total > maxDelay {
			return 0
		}
		s = s[end:]
	}
}

var units = map[string]time.Duration{
	"ms": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}
