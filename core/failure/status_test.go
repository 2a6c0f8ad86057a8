package failure

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStatusKind(t *testing.T) {
	type want struct {
		kind      Kind
		retryable bool
	}
	special := map[int]want{
		401: {Auth, false}, 402: {UsageLimit, false}, 403: {Permission, false}, 404: {ModelNotFound, false},
		408: {Timeout, true}, 409: {Server, true}, 413: {ContextExceeded, false}, 424: {Server, true},
		425: {Server, true}, 429: {RateLimit, true}, 451: {Permission, false}, 498: {Overloaded, true},
		499: {Canceled, false}, 501: {Server, false}, 504: {Timeout, true}, 505: {Server, false},
		506: {Server, false}, 510: {Server, false}, 511: {Server, false}, 522: {Timeout, true},
		524: {Timeout, true}, 525: {Server, false}, 526: {Server, false}, 529: {Overloaded, true},
		598: {Timeout, true}, 599: {Timeout, true},
	}
	for code := -1; code <= 1000; code++ {
		expected, ok := special[code]
		switch {
		case ok:
		case code >= 500 && code <= 999:
			expected = want{Server, true}
		case code >= 400 && code < 500:
			expected = want{InvalidRequest, false}
		default:
			expected = want{Unknown, false}
		}
		kind, retryable := StatusKind(code)
		assert.Equal(t, expected, want{kind, retryable}, "status %d", code)
		assert.Equal(t, retryable, StatusCodeRetryable(code), "status %d", code)
		if failed(code) && code >= 400 {
			f := Text("", code)
			assert.Equal(t, expected, want{f.Kind, f.Retryable}, "Text with status %d", code)
		}
	}
}

func TestStatusInText(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"", 0},
		{"status 429", 429},
		{"status=429", 429},
		{"status: 429", 429},
		{"status:429", 429},
		{"Status Code 404", 404},
		{"status_code: 404", 404},
		{"statusCode=404", 404},
		{"httpStatus 410", 410},
		{"HTTP 418", 418},
		{"http: 418", 418},
		{"HTTP/1.1 418 Teapot", 418},
		{"HTTP/2 503", 503},
		{"error code: 400", 400},
		{"errorcode 400", 400},
		{"statuscode 404", 404},
		{"errCode=400", 400},
		{"err_code 400", 400},
		{"code 400", 400},
		{`{"code":400}`, 400},
		{`{"code": "400"}`, 400},
		{`{\"status\":502}`, 502},
		{"decode 400", 0},
		{"unicode 404", 0},
		{"status        404", 0}, // Too far away.
		{"status 40", 0},
		{"status 4040", 0},
		{"status 299", 0},
		{"status 600", 0},
		{"status 302", 302},
		{"status 404th", 0},
		{"got 503 from it", 503},
		{"(503)", 503},
		{"got 404 from it", 0},
		{"400 no", 400},
		{"400: no", 400},
		{"400", 400},
		{"  400 no", 400},
		{"400-page book", 0},
		{"400 tokens", 0},
		{`Post "https://h/p": 422 Unprocessable`, 422},
		{`Post "https://h/p": 422`, 422},
		{`"n": 422, "m": 422 x`, 0},
		{`400 after Post "https://h/p": 422`, 400},
		{"host:503", 0},
		{"[::1]:503", 0},
		{"x :503", 503},
		{"stream ID 503", 0},
		{"stream id=503", 0},
		{"LastStreamID=503", 0},
		{"Limit 500, Used 429, Requested 503", 0},
		{"limit: 500", 0},
		{"at line 500 column 503", 0},
		{"500ms", 0},
		{"500 ms", 0},
		{"500 requests a day", 0},
		{"500%", 0},
		{"1,500", 0},
		{"500,000", 0},
		{"500, that is all", 500},
		{"0.503", 0},
		{"503.5", 0},
		{"it was 503.", 503},
		{"/v1/503/x", 0},
		{"a-503", 0},
		{"#503", 0},
		{"$500", 0},
		{"x503", 0},
		{"503x", 0},
		{"503_x", 0},
		{`{"max": 500}`, 0},
		{"{'max': 500}", 0},
		{"proxy:503 said 504", 504},
		{"500 then status 404", 404},
		{"status 404 then status 500", 404},
		{"503 and 429", 503},
		{"\xff503\xff", 503},
		{"５０３", 0},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			assert.Equal(t, tt.want, statusInText(tt.text))
		})
	}
	for _, code := range []int{401, 403, 408, 429, 500, 502, 503, 504, 529} {
		assert.Equal(t, code, statusInText("it said "+strconv.Itoa(code)+" and no more"))
	}
}

func TestReadWords(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"...", ""},
		{"Rate limit!", " rate limit"},
		{"rate_limit-error", " rate limit error"},
		{"RateLimitError", " rate limit error"},
		{"APITimeoutError", " api timeout error"},
		{"GOAWAY http2 a503", " goaway http2 a503"},
		{"see https://x.test/rate_limit?a=b now", " see now"},
		{`see "https://x.test/quota", then`, " see then"},
		{`{"u":"https:\/\/x.test\/quota","e":1}`, " u e 1"},
		{"http://a http://b", ""},
		{"note: //x", " note x"},
		{"://x", " x"},
		{"naïve – ok", " na ï ve ok"},
		{"a\x00b\xffc", " a b \xff c"},
		{"余额不足，请充值。retry", " 余额不足 请充值 retry"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			w := ReadWords(tt.text)
			assert.Equal(t, tt.want, w.text)
		})
	}
	w := ReadWords("Rate limit (of X API Y) a")
	assert.Equal(t, " rate limit", w.head)
	assert.True(t, w.Has("rate limit"))
	assert.True(t, w.Has("x api"), "a word of one letter")
	assert.True(t, w.Has("rate lim"), "the last word may go on")
	assert.False(t, w.Has("ate limit"), "a phrase begins with a word")
	assert.False(t, w.Has("limit x"))
	inWord := ReadWords("prerate limit, rate limit")
	assert.Equal(t, len(" prerate limit "), inWord.find("rate limit", 0))
}
