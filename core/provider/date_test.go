package provider

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseDateIsTimeParse(t *testing.T) {
	layouts := []string{
		"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC,
		time.RFC3339, time.RFC3339Nano,
	}
	random := rand.New(rand.NewPCG(1, 2))
	check := func(date string) {
		var want time.Time
		for _, layout := range layouts {
			if at, err := time.Parse(layout, date); err == nil {
				want = at
				break
			}
		}
		got, ok := parseDate(date)
		assert.Equal(t, !want.IsZero(), ok, date)
		assert.True(t, want.Equal(got), "%s: got %s, want %s", date, got, want)
	}
	for range 300 {
		// From 1970 to 2068: a year of two digits has no other.
		at := time.Unix(random.Int64N(99*365*24*3600), random.Int64N(1e9))
		for _, layout := range layouts[:3] {
			check(at.UTC().Format(layout))
		}
		minutes := random.IntN(24*60-1) - 12*60
		for _, layout := range layouts[3:] {
			check(at.UTC().Format(layout))
			check(at.In(time.FixedZone("", 60*minutes)).Format(layout))
		}
	}
	for _, date := range []string{
		"Sun, 22 Nov 2026 12:01:30 GMT", "Thu, 29 Feb 2024 00:00:00 GMT", "2026-11-22T12:00:00.5Z",
		"Wednesday, 01-Jan-69 00:00:00 GMT", "Monday, 31-Dec-68 23:59:59 GMT",
		// None of these is a date.
		"", " ", "Sun", "Sun, ", "Sun, 22 Nov 2026 12:01:30", "Sun, 22 Nov 2026 12:01:30 PST",
		"Sun, 22 Nov 2026 12:01:30 GMT ", "Sun, 22 Foo 2026 12:01:30 GMT", "Sun, 22 anF 2026 12:01:30 GMT",
		"Sun, 22 No", "Sun, 2  Nov 2026 12:01:30 GMT", "2026-11-32T12:00:00Z", "Thu, 29 Feb 2023 00:00:00 GMT", "Sun, 00 Nov 2026 12:01:30 GMT",
		"Sun, 31 Jun 2026 12:01:30 GMT", "Sun, 22 Nov 2026 24:00:00 GMT", "Sun, 22 Nov 2026 12:60:00 GMT",
		"Sun, 22 Nov 2026 12:00:60 GMT", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-11-22T12:00:00", "2026-11-22", "2026-11-22T12:00:00+1", "2026-11-22T12:00:00+0200",
		"soon", "7", "5s",
	} {
		check(date)
	}
}

func TestParseNumberIsParseFloat(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		s := strconv.FormatFloat(random.Float64()*1e4, 'f', random.IntN(9), 64)
		want, err := strconv.ParseFloat(s, 64)
		assert.NoError(t, err)
		got, ok := parseNumber(s)
		assert.True(t, ok, s)
		assert.Equal(t, want, got, s)
	}
	for _, s := range []string{"", ".", "-1", "+1", "1e3", "1.2.3", "NaN", "Inf", "0x10", "1_000", " 1", "5s"} {
		_, ok := parseNumber(s)
		assert.False(t, ok, s)
	}
	for _, s := range []string{"5.", ".5", "0.1234567890123456789012345", "1795348810.25", "00012"} {
		want, err := strconv.ParseFloat(s, 64)
		assert.NoError(t, err)
		got, ok := parseNumber(s)
		assert.True(t, ok, s)
		assert.InEpsilon(t, want, got, 1e-12, s)
	}
}
