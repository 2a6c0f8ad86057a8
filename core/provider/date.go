package provider

import (
	"strings"
	"time"
)

// dateLayouts are the three forms of RFC 9110, section 5.6.7, and those of RFC
// 3339. w stands for a weekday, b for a month's name and f for a fraction of a
// second or none; any other small letter for a digit: of the year, the n-th
// month, the day, the hour, the minute, the second, the hours and minutes east
// of Greenwich (o, p) or west of it (u, v).
var dateLayouts = [...]string{
	"w, dd b yyyy hh:mm:ss GMT",
	"w, dd-b-yy hh:mm:ss GMT",
	"w b dd hh:mm:ss yyyy",
	"yyyy-nn-ddThh:mm:ssfZ",
	"yyyy-nn-ddThh:mm:ssf+oo:pp",
	"yyyy-nn-ddThh:mm:ssf-uu:vv",
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// parseDate reads a date and time. It stands in for time.Parse, which would
// cost every page 10 KB.
func parseDate(s string) (at time.Time, ok bool) {
	for _, layout := range dateLayouts {
		if at, ok = parseLayout(layout, s); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

func parseLayout(layout, s string) (at time.Time, ok bool) {
	var n ['z']int // the numbers, by letter
	for _, c := range []byte(layout) {
		switch {
		case s == "":
			return at, false
		case c == 'w':
			s = strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyzFMSTW")
		case c == 'b':
			i := strings.Index(monthNames, s[:min(3, len(s))])
			if i < 0 || i%3 != 0 || len(s) < 3 {
				return at, false
			}
			n['n'] = i/3 + 1
			s = s[3:]
		case c == 'f':
			if s[0] != '.' {
				continue
			}
			s = s[1:]
			for unit := int(time.Second / 10); s != "" && isDigit(s[0]); unit /= 10 {
				n['f'] += int(s[0]-'0') * unit
				s = s[1:]
			}
		case c < 'a' || c > 'z':
			if s[0] != c {
				return at, false
			}
			s = s[1:]
		default:
			digit := s[0]
			if digit == ' ' && c == 'd' && n['d'] == 0 {
				digit = '0'
			}
			if !isDigit(digit) {
				return at, false
			}
			n[c] = 10*n[c] + int(digit-'0')
			s = s[1:]
		}
	}
	year := n['y']
	if !strings.Contains(layout, "yyyy") {
		year += 1900
		if year < 1969 {
			year += 100
		}
	}
	at = time.Date(year, time.Month(n['n']), n['d'], n['h'], n['m'], n['s'], n['f'], time.UTC)
	// A date that does not exist, such as 31 June, has become another one.
	exists := at.Month() == time.Month(n['n']) &&
		at.Hour() == n['h'] && at.Minute() == n['m'] && at.Second() == n['s']
	east := time.Duration(n['o']-n['u'])*time.Hour + time.Duration(n['p']-n['v'])*time.Minute
	return at.Add(-east), exists && s == ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
