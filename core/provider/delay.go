package provider

import (
	"math"
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// headerDelay reads the delay from the response's headers: retry-after-ms
// (milliseconds), then retry-after (seconds or an HTTP date). 0 means none;
// what is negative, past or not a number counts as none.
func headerDelay(header func(string) string, now time.Time) time.Duration {
	if d := number(header("retry-after-ms"), time.Millisecond); d > 0 {
		return d
	}
	value := strings.TrimSpace(header("retry-after"))
	if value == "" {
		return 0
	}
	if d := number(value, time.Second); d > 0 {
		return d
	}
	if d := until(value, now); d > 0 {
		return d
	}
	// "5s", and "5, 5" from two servers on the way.
	value, _, _ = strings.Cut(value, ",")
	if d := number(value, time.Second); d > 0 {
		return d
	}
	return duration(ascii.ToLower(value))
}

// resets are the headers that say when a limit is whole again, each with the
// one that says how much of it is left.
var resets = [...]struct{ reset, remaining string }{
	{"x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"},
	{"x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"},
	{"x-ratelimit-reset-project-tokens", "x-ratelimit-remaining-project-tokens"},
	{"anthropic-ratelimit-requests-reset", "anthropic-ratelimit-requests-remaining"},
	{"anthropic-ratelimit-tokens-reset", "anthropic-ratelimit-tokens-remaining"},
	{"anthropic-ratelimit-input-tokens-reset", "anthropic-ratelimit-input-tokens-remaining"},
	{"anthropic-ratelimit-output-tokens-reset", "anthropic-ratelimit-output-tokens-remaining"},
	{"x-ratelimit-reset", "x-ratelimit-remaining"},
	{"ratelimit-reset", "ratelimit-remaining"},
}

// resetDelay reads the delay of a rate limit from the headers that say when the
// limits are whole again. The limits of which nothing is left must be waited
// for, all of them; where no header says what is left, the shortest is enough
// to try again.
func resetDelay(header func(string) string, now time.Time) (delay time.Duration) {
	exhausted := false
	for _, h := range resets {
		d := resetAt(header(h.reset), now)
		if d <= 0 {
			continue
		}
		switch left := strings.TrimSpace(header(h.remaining)); {
		case left == "0":
			if !exhausted {
				delay, exhausted = 0, true
			}
			delay = max(delay, d)
		case left == "" && !exhausted && (delay == 0 || d < delay):
			delay = d
		}
	}
	return delay
}

// resetAt reads a reset in all the forms there are: "6m0s" and "120ms" (OpenAI,
// Groq), a date and time (Anthropic), seconds or milliseconds since 1970
// (OpenRouter, Cohere), a number of seconds.
func resetAt(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if n, ok := parseNumber(value); ok {
		switch {
		case n > 1e14: // finer than milliseconds: nobody sends that
			return 0
		case n > 1e11:
			return timeTo(now, time.UnixMilli(int64(n)))
		case n > 1e9:
			return timeTo(now, time.Unix(int64(n), 0))
		}
		return number(value, time.Second)
	}
	if d := duration(ascii.ToLower(value)); d > 0 && isDigit(value[0]) && !strings.Contains(value, "T") {
		return d
	}
	return until(value, now)
}

// until returns the time until a date, 0 for one that is past or none.
func until(date string, now time.Time) time.Duration {
	if at, ok := parseDate(date); ok {
		return timeTo(now, at)
	}
	return 0
}

// timeTo returns the time from now until then, 0 if that is past.
func timeTo(now, then time.Time) time.Duration {
	return min(max(then.Sub(now), 0), maxDelay)
}

// maxDelay stands for every longer delay: 100 years, which nobody waits for and
// which every sum and date of ours can hold.
const maxDelay = 100 * 365 * 24 * time.Hour

func number(s string, unit time.Duration) time.Duration {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	n, ok := parseNumber(s)
	if !ok || n <= 0 {
		return 0
	}
	if n*float64(unit) > float64(maxDelay) {
		return maxDelay
	}
	return time.Duration(math.Ceil(n * float64(unit)))
}

// parseNumber reads digits with at most one point. It stands in for
// strconv.ParseFloat, which would cost every page 6 KB.
func parseNumber(s string) (n float64, ok bool) {
	// Digits beyond these change nothing that anybody waits for.
	const enough = 1 << 50
	scale, point := 1.0, false
	for i := range len(s) {
		switch {
		case s[i] == '.' && !point:
			point = true
		case !isDigit(s[i]):
			return 0, false
		case !point:
			n, ok = 10*n+float64(s[i]-'0'), true
		case n < enough:
			n, ok = 10*n+float64(s[i]-'0'), true
			scale *= 10
		}
	}
	return n / scale, ok
}

// bodyDelay reads the delay from a member of an error body.
func bodyDelay(body errorBody, now time.Time) time.Duration {
	if n, ok := parseNumber(body.delay); ok && n < 1e9 && body.delayUnit != 0 {
		return number(body.delay, body.delayUnit)
	}
	return resetAt(body.delay, now)
}

// textDelay finds the delay in a provider's sentences: "Please try again in
// 5.289s", "Please retry in 46s", "try again in 6m0s", "retry after 20 seconds",
// "will reset at 2026-12-01 00:00 UTC", all given in lower case. 0 means none.
func textDelay(lower string, now time.Time) time.Duration {
	for _, lead := range [...]string{
		"again in ", "again after ", "retry in ", "retry after ", "retry your request after ", "retrying in ", "wait ",
		"reset in ", "resets in ", "reset after ", "resets after ", "available in ", "请在", "请",
	} {
		for rest := lower; ; {
			_, after, found := strings.Cut(rest, lead)
			if !found {
				break
			}
			if d := duration(after); d > 0 {
				return d
			}
			rest = after
		}
	}
	for _, lead := range [...]string{"reset at ", "resets at ", "reset on ", "resets on ", "again at ", "again on ", "access on ", "until "} {
		if _, after, found := strings.Cut(lower, lead); found {
			if d := until(dateIn(after), now); d > 0 {
				return d
			}
		}
	}
	return 0
}

// dateIn returns the date and time that a sentence goes on with, in the form of RFC
// 3339; "" where it is none, or names no zone: "2026-12-01 00:00 utc", "2026-12-01
// at 00:00:30 +08:00", "2026-12-01 00:00:30 +0800 cst".
func dateIn(lower string) string {
	date, rest := lower[:min(10, len(lower))], strings.TrimLeft(lower[min(10, len(lower)):], " t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "at "), " ")
	end := 0
	for end < len(rest) && (isDigit(rest[end]) || rest[end] == ':' || rest[end] == '.') {
		end++
	}
	clock, zone := strings.TrimRight(rest[:end], "."), strings.TrimLeft(rest[end:], " (")
	if len(clock) == len("00:00") {
		clock += ":00"
	}
	switch {
	case strings.HasPrefix(zone, "z"), strings.HasPrefix(zone, "utc"), strings.HasPrefix(zone, "gmt"):
		zone = "Z"
	case len(zone) >= len("+0000") && isDigit(zone[3]): // as Go and Python print it
		zone = zone[:3] + ":" + zone[3:5]
	case len(zone) >= len("+00:00"):
		zone = zone[:len("+00:00")]
	}
	return date + "T" + clock + zone
}

// duration reads the duration that s starts with: numbers with a unit each, as
// in "1h2m3.5s", "120ms", "20 seconds", "5 hours and 3 minutes" or "20秒".
func duration(s string) (total time.Duration) {
	for {
		s = strings.TrimLeft(s, " ,")
		if total > 0 {
			s = strings.TrimPrefix(s, "and ")
		}
		end := 0
		for end < len(s) && (isDigit(s[end]) || s[end] == '.') {
			end++
		}
		if end == 0 {
			return total
		}
		digits := strings.TrimRight(s[:end], ".")
		s = strings.TrimLeft(s[end:], " ")
		end = 0
		for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 0x80 && total == 0 && end < len("分钟")) {
			end++
		}
		unit := unitOf(s[:end])
		if unit == 0 {
			return total
		}
		total = min(total+number(digits, unit), maxDelay)
		s = s[end:]
	}
}

// unitOf returns the length of a unit of time, 0 for anything else.
func unitOf(name string) time.Duration {
	for i := range units {
		if u := &units[i]; strings.Contains(u.names, " "+name+" ") || u.chinese != "" && strings.HasPrefix(name, u.chinese) {
			return u.unit
		}
	}
	return 0
}

// units are the units of time. One string of names weighs less than a switch.
var units = [...]struct {
	names string
	// chinese is what a name may begin with instead; empty for none.
	chinese string
	unit    time.Duration
}{
	{" ms millisecond milliseconds ", "", time.Millisecond},
	{" s sec secs second seconds ", "秒", time.Second},
	{" m min mins minute minutes ", "分", time.Minute},
	{" h hr hour hours ", "小时", time.Hour},
	{" d day days ", "", 24 * time.Hour},
}
