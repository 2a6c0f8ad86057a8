package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/internal/redact"
)

func TestText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"quotes behind Bearer", `Bearer "abc1"`, `Bearer "[redacted]"`},
		{"line feed behind Bearer", "Bearer\nabc1", "Bearer\n[redacted]"},
		{"prose behind Bearer", "Bearer\nNext line", "Bearer\nNext line"},
		{"list", "api keys: a1b2c3d4e5, f1g2h3i4j5 and k1l2m3n4o5.", "api keys: [redacted], [redacted] and [redacted]."},
		{"list in brackets", `"api_keys": ["one", "two"], "n": [1]`, `"api_keys": ["[redacted]"], "n": [1]`},
		{"tuple", "('x-api-key', 'Abc')", "('x-api-key', '[redacted]')"},
		{"names in a list", "('x-api-key', 'content-type')", "('x-api-key', 'content-type')"},
		{"byte strings", "(b'x-api-key', b'Abc')", "(b'x-api-key', b'[redacted]')"},
		{"name and value", `{"name": "x-api-key", "value": "abc-1"}`, `{"name": "x-api-key", "value": "[redacted]"}`},
		{"key and value", `{"key":"x-api-key","value":"abc-1"}`, `{"key":"x-api-key","value":"[redacted]"}`},
		{"element", "<apiKey>abc</apiKey>", "<apiKey>[redacted]</apiKey>"},
		{"attribute", `<add key="ApiKey" value="abc-1"/>`, `<add key="ApiKey" value="[redacted]"/>`},
		{"header", "x-api-key header: abc-1", "x-api-key header: [redacted]"},
		{"full width", "api_key：abc password＝abc", "api_key：[redacted] password＝[redacted]"},
		{"Chinese", "密钥：a1b2c3d4e5 无效", "密钥：[redacted] 无效"},
		{"URL-encoded JSON", "%7B%22api_key%22%3A%22abc%22%7D", "%7B%22api_key%22%3A%22[redacted]%22%7D"},
		{"encoded twice", "x%253Fapi_key%253Dabc%2526n%253D1", "x%253Fapi_key%253D[redacted]%2526n%253D1"},
		{"prefix encoded", "%2573%256b%252Dabcdefghij sk\\u002dabcdefghij sk&#45;abcdefghij", "[redacted] [redacted] [redacted]"},
		{"escapes in escapes", `sk%5Cu002dabcdefghij`, "[redacted]"},
		{"two parts", "0123456789abcdef0123456789abcdef.Ab1Cd2Ef3Gh4Ij5K", "[redacted]"},
		{"two random parts", "aB3dE5gH7jK9mN1p.qR2sT4uV6wX8yZ0a", "[redacted]"},
		{"after a mark", "api_key=[redacted], a1b2c3d4e5", "api_key=[redacted], [redacted]"},
		{"joined to a mark", "[REDACTED]a1b2c3d4e5", "[REDACTED][redacted]"},
		{"received", "Received=a1b2c3d4e5", "Received=[redacted]"},
		{"sentence", "API key a1b2c3d4e5 is not valid", "API key [redacted] is not valid"},
		{"pwd", "pwd=a pass=b jwt=c appkey=d", "pwd=[redacted] pass=[redacted] jwt=[redacted] appkey=[redacted]"},
		{"quote in a value", `{"m":"{\"password\":\"a\\\"b\"}"}`, `{"m":"{\"password\":\"[redacted]\"}"}`},
		{"Digest", `Authorization: Digest username="u", response="abc"` + "\nHost: x", "Authorization: [redacted]\nHost: x"},
		{"PEM", "a -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- b", "a [redacted] b"},
		{"PEM cut off", "a -----BEGIN EC PRIVATE KEY-----\nabc", "a [redacted]"},
		{"password with a slash", "https://u:a/b@h.test/x", "https://h.test/x"},
		{"port", "https://h.test:80/@me", "https://h.test:80/@me"},
		{"webhook", "https://hooks.test/services/T0/B0/aB3dE5gH7jK9mN1pqR2sT4uV", "https://hooks.test/services/T0/B0/[redacted]"},
		{"escaped space in a URL", "https://h.test/a%20b?abc d", "https://h.test/a%20b d"},
		{"other case", "SK-A1B2C3D4E5F6 aiza0a1b2c3d4e5", "[redacted] [redacted]"},
		{"keys in a row", "password: token: key: abc-1", "password: token: key: [redacted]"},
		{"words in one", "myapikey=abc groqtoken=abc", "myapikey=[redacted] groqtoken=[redacted]"},
		{"names as values", `{"api_key": "SECRET", "n": 1}`, `{"api_key": "[redacted]", "n": 1}`},
		{"object", `{"auth":{"username":"u","password":"a b"}}`, `{"auth":{"username":"u","password":"[redacted]"}}`},
		{"own names", "a key, a token and a secret", "a key, a token and a secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := redact.Text(tt.text, 1<<20)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestTextStopsWhereThereIsEnough(t *testing.T) {
	got, clean := redact.Text(strings.Repeat("word ", 1000), 100)
	assert.LessOrEqual(t, len(got), 110)
	assert.True(t, clean)
	_, clean = redact.Text("a key of a piano", 100)
	assert.False(t, clean, "where it is cut off, an end of another word could be its value")
}

// hostile are texts whose every part makes the search look ahead.
var hostile = []string{
	"key ", "key=", "key+", "key.", "authorization: ", "authorization:", `x-api-key: "`, "key: 'a ", `key: \'a `, "https://", "https://h/?a=", "a:b@",
	"%25", "%", `\`, `\u005c`, "&amp;", "&", "***", "a***", "-----BEGIN ", "[redacted]", "[redacted] a1b2c3d4", "Bearer ", "bearer:", "a1b2", "aB", "a1-", "Ab1_",
	"sk-", "hf_a-", "eyJ", "…", "钥", "：", "api_keys: [", "api_key=[a,", "<key>", "<apiKey>a", "('key', 'a'), ", `="`, `authorization="`, `cookie: a="b`,
	"password: a: ", "session_", "x=https://a.b:c/", "%3D%22key%22", "\u200b", "\xff",
}

func TestTextBearsAnything(t *testing.T) {
	for _, unit := range hostile {
		whole := strings.Repeat(unit, 8)
		for n := range whole {
			got, _ := redact.Text(whole[:n], 1<<20)
			if utf8.ValidString(whole[:n]) {
				require.True(t, utf8.ValidString(got), "%q of %q", got, whole[:n])
			}
		}
	}
}

func FuzzText(f *testing.F) {
	for _, unit := range hostile {
		f.Add(unit + unit)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := redact.Text(text, 1<<20)
		// Each mark takes the place of something.
		require.LessOrEqual(t, len(got), len(text)*(len(redact.Mark)+1))
		if utf8.ValidString(text) {
			require.True(t, utf8.ValidString(got), "%q", got)
		}
	})
}

// Each takes about as long as the others: the time is linear in the length.
func BenchmarkText(b *testing.B) {
	for _, unit := range hostile {
		for _, size := range []int{4 << 10, 64 << 10} {
			text := strings.Repeat(unit, size/len(unit))
			b.Run(unit, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					redact.Text(text, 1<<30)
				}
			})
		}
	}
}
