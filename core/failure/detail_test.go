package failure

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDetail(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"empty", "", ""},
		{"white space", " \t\r\n ", ""},
		{"one line", "  Overloaded,\n\ttry\r\nlater  ", "Overloaded, try later"},
		{"controls", "a\x00b\x1b[31mc\x7fd\u0085e", "a bc d e"},
		{"invalid UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"invisible", "a\u200bb\u202ec\ufeffd\u00ade\u2066f\U000e0041g", "abcdefg"},
		{"separators", "a\u2028b\u2029c\u00a0d\u3000e\u202ff\u205fg\u2003h", "a b c d e f g h"},
		{"other scripts stay", "余额不足 – naïve 🙂", "余额不足 – naïve 🙂"},

		{"html", "<html><body>secret</body></html>", ""},
		{"html with title", "<!DOCTYPE html>\n<html><head>\n<title>502 Bad\n Gateway</title></head>...", "502 Bad Gateway"},
		{"html title with attributes", `<HTML><TITLE lang="en">A &amp; B &lt;x&gt;&nbsp;&quot;y&#39;</TITLE>`, `A & B <x> "y'`},
		{"html title cut off", "<html><title>502 Bad", ""},
		{"html title tag cut off", "<html><title", ""},
		{"html after words", "status 502: <html><title>Bad Gateway</title></html>", "status 502: Bad Gateway"},
		{"html after words without title", "oops: <!doctype html><p>text", "oops:"},
		{"xml", `<?xml version="1.0"?><Error><Key>x</Key></Error>`, ""},
		{"xml after words", `oops <?xml version="1.0"?><Error>x</Error>`, "oops"},
		{"less than", "a < b and <c>", "a < b and <c>"},
		{"title is redacted too", "<title>key=abc</title>", "key=[redacted]"},

		{"url", "see https://example.com/a/b.", "see https://example.com/a/b."},
		{"url query", "see https://example.com/a?b=c&d=e#f next", "see https://example.com/a next"},
		{"url fragment", "see https://example.com/a#f?g", "see https://example.com/a"},
		{"url without path", `"https://example.com?b=c"`, `"https://example.com"`},
		{"url user", "postgres://user:pa.ss@db.test:5432/x", "postgres://db.test:5432/x"},
		{"url user twice", "https://a@b@c.test/", "https://c.test/"},
		{"at sign in path stays", "https://c.test/@me", "https://c.test/@me"},
		{"url in Go error", `Post "https://c.test/v1/m?key=AIzaX": EOF`, `Post "https://c.test/v1/m": EOF`},
		{"url in JSON", `{"u":"https:\/\/a:b@c.test\/m?x=1\u0026y=2","n":1}`, `{"u":"https:\/\/c.test\/m","n":1}`},
		{"url in JSON in JSON", `{\"u\":\"https://c.test/m?x=1\"}`, `{\"u\":\"https://c.test/m\"}`},
		{"two urls", "https://a.test?x https://b.test?y", "https://a.test https://b.test"},
		{"url in url", "https://a.test/https://b.test/c?d", "https://a.test/https://b.test/c"},
		{"key in path", "https://a.test/sk-0123456789/b?c", "https://a.test/[redacted]"},
		{"value beyond query", "https://a.test/api_key=b?c d", "https://a.test/api_key=[redacted] d"},
		{"value ends inside query", "https://a.test/api_key=b?c&d=e f", "https://a.test/api_key=[redacted] f"},
		{"secret begins in query and goes on", "https://a.test?b=Authorization: abc, d", "https://a.test"},
		{"escaped url", "https%3A%2F%2Fa.test%3Fx%3D1%26key%3Dabc", "https%3A%2F%2Fa.test"},

		{"openai key", "bad key sk-proj-abcdefghij!", "bad key [redacted]!"},
		{"anthropic key", "(sk-ant-api03-aa_bb-cc)", "([redacted])"},
		{"masked key", "Incorrect API key provided: sk-abc***xyz. Sorry.", "Incorrect API key provided: [redacted]. Sorry."},
		{"masked with dots", "key sk-ab...yz is wrong", "key [redacted] is wrong"},
		{"masked with an ellipsis", "key sk-ab…yz is wrong", "key [redacted] is wrong"},
		{"masked with bullets", "your key ab••••yz", "your key [redacted]"},
		{"masked from the start", "Your api key: ****d7e9 is invalid", "Your api key: [redacted] is invalid"},
		{"masked without prefix", "key ab12****yz89.", "key [redacted]."},
		{"key in a sentence with colon", "API key provided: test-key", "API key provided: [redacted]"},
		{"short words stay", "sk-learn hf_hub xai-grok-3 eyJ org-wide call_me", "sk-learn hf_hub xai-grok-3 eyJ org-wide call_me"},
		{"words that hold a prefix stay", "task-0123456789 desk-0123456789", "task-0123456789 desk-0123456789"},
		{"jwt", "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_def", "token [redacted]"},
		{"no prefix", "0123456789abcdef0123456789abcdef", "[redacted]"},
		{"request id stays", "req_0123456789abcdef0123456789abcdef", "req_0123456789abcdef0123456789abcdef"},
		{"uuid stays", "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"},
		{"long numbers and words stay", strings.Repeat("1", 40) + " " + strings.Repeat("a", 40), strings.Repeat("1", 40) + " " + strings.Repeat("a", 40)},
		{"account", "in organization org-AbC123def on tokens", "in organization [id] on tokens"},
		{"item", "no output for call_1a2b3c.", "no output for [id]."},

		{"bearer", "sent Bearer abc.def~x, why", "sent Bearer [redacted], why"},
		{"bearer in prose", "Bearer token is missing", "Bearer token is missing"},
		{"bearer realm", `WWW-Authenticate: Bearer realm="x"`, `WWW-Authenticate: Bearer realm="x"`},
		{"basic", "sent basic dXNlcjpwYXNz", "sent basic [redacted]"},
		{"basic in prose", "Basic authentication is a basic plan.", "Basic authentication is a basic plan."},
		{"escaped bearer", "auth Bearer%20abcdef now", "auth Bearer%20[redacted] now"},

		{"authorization", "Authorization: Custom a, b=c\nHost: x", "Authorization: [redacted] Host: x"},
		{"authorization in curl", `-H "Authorization: Bearer abc" -H "Host: x"`, `-H "Authorization: [redacted]" -H "Host: x"`},
		{"authorization in prose", "the authorization header is missing", "the authorization header is missing"},
		{"cookie", "Cookie: a=b; c=d\nx", "Cookie: [redacted] x"},
		{"x-api-key", "x-api-key: abc, host: y", "x-api-key: [redacted], host: y"},
		{"name and scheme", "x-api-key: Bearer abc def", "x-api-key: [redacted] def"},
		{"name and name", "password: api-key: abc def", "password: api-key: [redacted] def"},
		{"x-goog-api-key", "X-Goog-Api-Key=abc&x=y", "X-Goog-Api-Key=[redacted]&x=y"},
		{"environment", "OPENAI_API_KEY=abc", "OPENAI_API_KEY=[redacted]"},
		{"camel case", "openaiApiKey: 'a b c', x: 1", "openaiApiKey: '[redacted]', x: 1"},
		{"Go header map", "map[X-Api-Key:[abc] Host:[x]]", "map[X-Api-Key:[[redacted]] Host:[x]]"},
		{"JSON", `{"api_key": "a b", "token":"c","key" : "d","n":1}`, `{"api_key": "[redacted]", "token":"[redacted]","key" : "[redacted]","n":1}`},
		{"JSON in JSON", `{\"api_key\":\"a b\",\"n\":1}`, `{\"api_key\":\"[redacted]\",\"n\":1}`},
		{"pretty JSON", "\"password\":\n  \"abc\"", `"password": "[redacted]"`},
		{"query without host", "GET /v1/models?key=abc&alt=sse", "GET /v1/models"},
		{"query of a path, in a log line", `"POST /v1/chat?code=abc&x=y HTTP/1.1" 401`, `"POST /v1/chat HTTP/1.1" 401`},
		{"query of a host without a scheme", "cannot reach h.test/v1?k=abc, it is down", "cannot reach h.test/v1 it is down"},
		{"a question is no query", "Is it json/text? a=b", "Is it json/text? a=b"},
		{"query after an escape", `/v1?a=b\u0026key=abc`, `/v1`},
		{"Rust's Option", `Config { api_key: Some("hunter2"), model: "x" }`, `Config { api_key: [redacted]"), model: "x" }`},
		{"pydantic's SecretStr", `api_key=SecretStr('hunter2') model='x'`, `api_key=[redacted]') model='x'`},
		{"PHP's var_dump", "array(1) {\n  [\"x-api-key\"]=>\n  string(7) \"hunter2\"\n}", `array(1) { ["x-api-key"]=> [redacted]" }`},
		{"PHP's serialize", `a:1:{s:9:"x-api-key";s:7:"hunter2";}`, `a:1:{s:9:"x-api-key";s:7:"[redacted]";}`},
		{"numbered names", `OPENAI_API_KEY_2=hunter2 {"api_key1":"hunter2"} "apiKey_1": "hunter2"`, `OPENAI_API_KEY_2=[redacted] {"api_key1":"[redacted]"} "apiKey_1": "[redacted]"`},
		{"the value of a name", `{"secret_value":"hunter2"} Header [name=x-api-key, value=hunter2]`, `{"secret_value":"[redacted]"} Header [name=x-api-key, value=[redacted]]`},
		{"cookies by their names", "get(cookies={'sid': 'hunter2', 'b': 'c'}, n=1)", "get(cookies={'[redacted]}, n=1)"},
		{"colors", "\x1b[36mapi_key\x1b[0m=\x1b[1;33mhunter2\x1b[0m", "api_key=[redacted]"},
		{"escaped colors", `\u001b[36mapi_key\u001b[0m=\x1b[1;33mhunter2\x1b[0m ok`, `\u001b[36mapi_key\u001b[0m=\x1b[1;33m[redacted] ok`},
		{"common names in prose stay", "Unexpected token: <EOF>, missing key: temperature", "Unexpected token: <EOF>, missing key: temperature"},
		{"common name with a random value", "invalid token: a1b2c3d4e5", "invalid token: [redacted]"},
		{"amounts stay", `max tokens=4096, "total_tokens": 500`, `max tokens=4096, "total_tokens": 500`},
		{"author and monkey stay", "author=x, monkey=y", "author=x, monkey=y"},
		{"name at the end", "api_key", "api_key"},
		{"sign at the end", "api_key=", "api_key="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detail(tt.raw)
			assert.Equal(t, tt.want, got)
			checkDetail(t, got)
		})
	}
	for _, again := range []string{"api_key=[redacted] x", "Bearer [redacted]", "Authorization: [redacted]", "key: [redacted], y"} {
		assert.Equal(t, again, Detail(again), "redacted twice")
	}
}

func TestDetailLength(t *testing.T) {
	for _, unit := range []string{"x", "é", "字", "🙂"} {
		assert.Equal(t, strings.Repeat(unit, 500), Detail(strings.Repeat(unit, 500)))
		assert.Equal(t, strings.Repeat(unit, 499)+"…", Detail(strings.Repeat(unit, 501)))
	}
	assert.Equal(t, strings.Repeat("x", 498)+"…", Detail(strings.Repeat("x", 498)+" yz"))

	// Only the beginning is read, and never half a word of it.
	long := "<html>" + strings.Repeat(" ", maxText-20) + "<title>abc</title>"
	assert.Empty(t, Detail(long))
	half := strings.Repeat(" ", maxText-10) + "0123456789abcdef0123456789abcdef"
	assert.Empty(t, Detail(half))
}

// plants are the ways in which a secret appears in a text, as SECRET.
var plants = []string{
	"sk-SECRET", "sk-ant-api03-SECRET", "sk-or-v1-SECRET", "sk-proj-SECRET", "AIzaSECRET", "gsk_SECRET", "xai-SECRET", "hf_SECRET", "csk-SECRET",
	"nvapi-SECRET", "pplx-SECRET", "AKIASECRET", "ya29.SECRET", "ghp_SECRET", "r8_SECRET", "eyJSECRET.eyJSECRET.SECRET", "sk-SECRET***SECRET", "sk-ab...SECRET",
	"Bearer SECRET", "bearer SECRET", "Basic SECRET=", "Authorization: SECRET", "authorization: Bearer SECRET",
	"Authorization: Token SECRET", `"Authorization": "Bearer SECRET"`, "Proxy-Authorization: Basic SECRET",
	"key=SECRET", "api_key=SECRET", "apikey=SECRET", "api-key: SECRET", "x-api-key: SECRET", "X-API-Key:SECRET", "x-goog-api-key: SECRET",
	`"api_key":"SECRET"`, `"api_key": "SECRET"`, `\"api_key\":\"SECRET\"`, "'apiKey': 'SECRET'", "API key: SECRET",
	"OPENAI_API_KEY=SECRET", "Ocp-Apim-Subscription-Key: SECRET", "access_token=SECRET", "refresh_token: SECRET",
	"client_secret=SECRET", "password: SECRET", "token=SECRET", "token: SECRET", "key%3DSECRET", "Set-Cookie: sid=SECRET; Path=/",
	"aws_secret_access_key = SECRET", "X-Amz-Security-Token: SECRET", "Signature=SECRET",
	"https://h.test/?SECRET", "https://h.test/p?a=SECRET", "https://h.test/p?a=b&c=SECRET#d", "https://h.test/p#SECRET",
	"https://SECRET@h.test/", "https://u:SECRET@h.test/p", `https:\/\/h.test\/p?a=1\u0026b=SECRET`,
	`Post "https://h.test/v1?key=SECRET": EOF`, "wss://h.test/v1?SECRET", "incorrect API key provided: SECRET",
	"x-api-key: Bearer SECRET", "Your api key: ****SECRET is wrong",
}

// around builds text to plant a secret into: words, signs, names of secrets,
// pieces of markup and of JSON, and characters that need cleaning.
func around(r *rand.Rand) string {
	pieces := []string{
		"error", "the key", "status 429", "https://h.test/a", "https://h.test/b?c", "\"", "'", "{", "}", "[", ",",
		";", ":", "=", "&", "?", "#", "<", ">", "\\", "\n", "\t", "\x00", "é", "字", "🙂", "…", "***", "Bearer", "basic",
		"api_key", "password", "token", "Authorization", "sk-", "eyJ", "://", "@", "%3D", "\u202e", "\xff", "(", ")", "-", "_", ".",
	}
	var out strings.Builder
	for range r.IntN(12) {
		out.WriteString(pieces[r.IntN(len(pieces))])
		if r.IntN(2) == 0 {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

func randomSecret(r *rand.Rand) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	secret := make([]byte, 16+r.IntN(32))
	for i := range secret {
		secret[i] = letters[r.IntN(len(letters))]
	}
	secret[len(secret)/2] = '7' // No key lacks a digit.
	return string(secret)
}

// A planted secret never survives, whatever stands around it.
func TestDetailHidesPlantedSecrets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	separators := []string{" ", "\n", "\t", " \"", "(", " '", ", ", " {", "\r\n"}
	for _, plant := range plants {
		for range 400 {
			secret := randomSecret(r)
			text := around(r) + separators[r.IntN(len(separators))] + strings.ReplaceAll(plant, "SECRET", secret) +
				separators[r.IntN(len(separators))] + around(r)
			got := Detail(text)
			require.NotContains(t, got, secret, "planted as %q in %q", plant, text)
			checkDetail(t, got)
		}
	}
}

// checkDetail asserts what holds for any detail.
func checkDetail(t testing.TB, detail string) {
	t.Helper()
	require.True(t, utf8.ValidString(detail), "invalid UTF-8: %q", detail)
	require.LessOrEqual(t, utf8.RuneCountInString(detail), 500)
	require.Equal(t, strings.Join(strings.Fields(detail), " "), detail, "white space")
	for _, r := range detail {
		require.False(t, unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r), "%q in %q", r, detail)
	}
}

func FuzzDetail(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for i, plant := range plants {
		f.Add(around(r), around(r), uint(i))
		f.Add(plant, "", uint(i))
	}
	f.Fuzz(func(t *testing.T, before, after string, n uint) {
		detail := Detail(before + after)
		checkDetail(t, detail)
		require.Equal(t, detail, Detail(detail), "the second time")
		const secret = "qT7wZ9kPx2Lm4RvB8nYc"
		plant := strings.ReplaceAll(plants[n%uint(len(plants))], "SECRET", secret)
		got := Detail(before + "\n" + plant + "\n" + after)
		require.NotContains(t, got, secret)
		checkDetail(t, got)
	})
}

func BenchmarkDetail(b *testing.B) {
	const message = `{"error":{"message":"Rate limit reached for gpt-4o in organization org-AbC123xyz on tokens per min (TPM): Limit 30000, Used 29000. See https://example.com/account/rate-limits?a=b to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`
	for _, bb := range []struct{ name, text string }{
		{"plain", strings.Repeat("The quick brown fox exceeds a few things. ", 25)[:1024]},
		{"secrets", strings.Repeat("api_key=abc https://u:p@example.com/?q=1 ", 25)[:1024]},
		{"message", message},
		{"quoted", strings.ReplaceAll(message, `"`, `\"`)},
		{"Chinese", strings.Repeat("您的账户已达到速率限制，请控制请求频率。", 25)},
		{"long quoted", strings.Repeat(strings.ReplaceAll(message, `"`, `\"`), 700)},
		{"long URL", "https://h.test/?" + strings.Repeat("a=b&key=c&", 20000)},
		{"long token", strings.Repeat("a1b2", 50000)},
		{"names", strings.Repeat("key ", 50000)},
		{"backslashes", strings.Repeat(`\`, 200000)},
		{"authorizations", strings.Repeat("authorization: ", 15000)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Detail(bb.text)
			}
		})
	}
}
