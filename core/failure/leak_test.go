package failure

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	digits    = "0123456789"
	hexDigits = digits + "abcdef"
	lowers    = "abcdefghijklmnopqrstuvwxyz"
	base62    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lowers + digits
	base64url = base62 + "_-"
)

// keyShapes make keys as the providers make them. A key is what the shape says
// with every {n} replaced by that many characters of the alphabet.
var keyShapes = []struct {
	name, shape, alphabet string
	// named is set for keys that are known only by a name before them, because
	// harmless ids look the same.
	named bool
}{
	{"OpenAI", "sk-{48}", base62, false},
	{"OpenAI project", "sk-proj-{74}T3BlbkFJ{74}", base64url, false},
	{"Anthropic", "sk-ant-api03-{93}-{6}AA", base64url, false},
	{"OpenRouter", "sk-or-v1-{64}", hexDigits, false},
	{"DeepSeek, DashScope", "sk-{32}", hexDigits, false},
	{"Moonshot", "sk-{48}", base62, false},
	{"SiliconFlow", "sk-{48}", lowers, false},
	{"Google", "AIza{35}", base64url, false},
	{"Google, newer", "AQ.{48}", base64url, false},
	{"Groq", "gsk_{52}", base62, false},
	{"xAI", "xai-{80}", base62, false},
	{"Hugging Face", "hf_{34}", base62, false},
	{"Replicate", "r8_{37}", base62, false},
	{"Fireworks", "fw_{24}", base62, false},
	{"Together", "tgp_v1_{43}", base64url, false},
	{"Perplexity", "pplx-{48}", base62, false},
	{"Cerebras", "csk-{48}", lowers + digits, false},
	{"NVIDIA", "nvapi-{64}", base64url, false},
	{"Vercel", "vck_{56}", base62, false},
	{"Bedrock", "ABSK{128}", base62, false},
	{"AWS", "AKIA{16}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", false},
	{"AWS secret", "{40}", base62 + "/+", true},
	{"GitHub", "ghp_{36}", base62, false},
	{"GitHub OAuth", "gho_{36}", base62, false},
	{"GitHub, fine-grained", "github_pat_{22}_{59}", base62, false},
	{"JSON Web Token", "eyJ{33}.eyJ{60}.{43}", base64url, false},
	{"Zhipu", "{32}.", hexDigits, false}, // its second part is added below
	{"Azure", "{32}", hexDigits, false},
	{"Azure, newer", "{84}", base62, false},
	{"Mistral, DeepInfra", "{32}", base62, false},
	{"Cohere", "{40}", base62, false},
	{"Cloudflare", "{40}", base64url, false},
	{"Volcengine", "{8}-{4}-{4}-{4}-{12}", hexDigits, true},
}

// makeKey fills a shape. No key of the tests lacks a digit, nor has a masked
// look by chance.
func makeKey(r *rand.Rand, shape, alphabet string) (key string) {
	for {
		key = ""
		rest := shape
		for {
			before, after, ok := strings.Cut(rest, "{")
			key += before
			if !ok {
				break
			}
			count, tail, _ := strings.Cut(after, "}")
			n, _ := strconv.Atoi(count)
			key += randomOf(r, alphabet, n)
			rest = tail
		}
		if strings.HasSuffix(shape, ".") {
			key += randomOf(r, base62, 16)
		}
		last := key[len(key)-1]
		if (alphabet == lowers || strings.ContainsAny(key[len(key)/4:], digits) && strings.ContainsAny(key[len(key)/2:], digits)) &&
			!strings.ContainsAny(string(last), "-_/+") && !strings.ContainsAny(key[:1], "-_/+") {
			return key
		}
	}
}

func randomOf(r *rand.Rand, alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(out)
}

// places are texts that a key stands in, as §. The ones in naked have no
// name before it.
var (
	places = []string{
		"x-api-key: §", "X-API-KEY:§", "x-api-key header: §", "the x-api-key header § is wrong", "api-key=§",
		"Authorization: Bearer §", "authorization: bearer §\nHost: x", "Authorization: §", "AUTHORIZATION: ApiKey §",
		"Authorization: Token §", `Authorization: "Bearer §"`, "sent Bearer '§'", "sent Bearer \"§\"", "sent Bearer\n§",
		"sent Bearer: §", "sent Bearer  [§]", "sent Bearer\n\n\"§\"", "Authorization header: Bearer `§`",
		"OPENAI_API_KEY=§", "export LLM_KEY='§'", `$env:API_KEY = "§"`, "apiKey: §", "appkey=§", "app_key: §", "AppKey §",
		"pwd=§", "pwd: §", "pass=§", "pass: §", "passphrase: §", "jwt=§", "jwt: §", "token §", "secret §", "myapikey=§",
		"Ocp-Apim-Subscription-Key: §", "X-Auth-Token: §", "x-goog-api-key: §", "X-Amz-Security-Token: §", "api_secret: §",
		"level=error msg=denied key=§ status=401", "level=error api_key=\"§\" status=401", "time=now token=§",
		`{"api_key":"§"}`, `{"apiKey": "§", "n": 1}`, `{'x-api-key': '§'}`, `{"name": "x-api-key", "value": "§"}`,
		`{"key": "x-api-key", "value": "§"}`, `{"key":"Authorization","value":"Bearer §"}`, `{"header":"api-key","val":"§"}`,
		`{"headers":[["x-api-key","§"],["host","x"]]}`, `{"headers":{"authorization":["Bearer §"]}}`, `{"jwt":"§"}`,
		`('x-api-key', '§')`, `[(b'host', b'x'), (b'x-api-key', b'§')]`, `(b"authorization", b"Bearer §")`, `b'Authorization: Bearer §'`,
		`Headers({'authorization': 'Bearer §'})`, `headers["x-api-key"] = "§"`, `api_key=b'§'`, `Client(api_key='§', timeout=3)`,
		"map[Host:[x] X-Api-Key:[§]]", "map[Authorization:[Bearer §] Host:[x]]", `http.Header{"X-Api-Key":[]string{"§"}}`,
		`&{ApiKey:§ Model:x}`, "{Authorization:Bearer §}",
		"error: <apiKey>§</apiKey>", "error: <api-key>\n  §\n</api-key>", `error: <add key="ApiKey" value="§"/>`,
		`error: <header name="x-api-key">§</header>`, `error: <header name='Authorization' value='Bearer §'/>`, "error: <Token>§</Token>",
		"api_key: §\nmodel: x", "api_key: >-\n  §", "- name: x-api-key\n  value: §", "api_key: '§'", "api_keys:\n  - §\n  - §",
		"api_keys: [§, §]", `"api_keys": ["§", "§", "§"]`, "keys: §, §", "keys: §; §", "tokens § and §", "api keys § or §", "(api keys: '§' | '§')",
		"x-api-key：§", "x-api-key＝§", "API key：“§”", "api_key：「§」", "Authorization：Bearer §", "“x-api-key”：“§”",
		`curl -H "x-api-key: §" https://h.test/v1`, `curl -H 'Authorization: Bearer §' -d '{"a":1}' https://h.test/v1`, "curl --header=x-api-key:§ x",
		"llm --api-key § run", "llm --api-key=§ run", "llm --token '§'",
		"https://h.test/v1?key=§", "https://h.test/v1?a=b&§", "https://h.test/v1#§", "https://u:§@h.test/v1", "GET /v1?api_key=§&alt=sse",
		"https://h.test/a%20b?§", "https://h.test/v1/key/§?x=1",
		"API key § is not valid", "The API key § has expired.", "Invalid API key (§).", "The API key you provided (§) is wrong", "the key: '§' was revoked",
		"Incorrect API key provided: §. You can find yours at https://h.test/keys.", "Received=§", "Expected a key, received: §", "received '§'", "Your token is §",
		"wrong key - §", "**API key:** §", "API key is invalid: §", "invalid credentials: §", "no access with token=§!",
		"您的 API 密钥 § 无效", "API key 无效：§", "密钥：§", "API密钥【§】不正确", "令牌 § 已过期", "密码: §", "APIキー §", "api_key 为 §，请检查",
		"api_key=[redacted] §", "Bearer [redacted], §", "[redacted]§", "x-api-key: [redacted]\n§", "Authorization: [redacted] §", "['[redacted]', '§']", "api_key=[redacted].§",
		"Cookie: a=b; session=§; c=d", "Set-Cookie: sid=§; Path=/", "cookie: §",
		"Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us/bedrock/aws4_request, SignedHeaders=host, Signature=§",
		`Config { api_key: Some("§") }`, "[\"x-api-key\"]=>\n  string(32) \"§\"", `s:9:"x-api-key";s:32:"§";`, `{"api_key_2":"§"}`, "OPENAI_API_KEY_1=§",
		"cookies={'sid': '§'}", "POST /v1/chat?code=§ HTTP/1.1", "h.test/v1?k=§", "x-api-key was set to §", "x-api-key equals §",
		"-----BEGIN PRIVATE KEY-----\n§\n§\n-----END PRIVATE KEY-----", `"private_key": "-----BEGIN PRIVATE KEY-----\n§\n-----END PRIVATE KEY-----\n"`,
		"-----BEGIN RSA PRIVATE KEY-----\n§", `password: "a §"`, `"password":"a\"§"`, `Authorization: Digest username="u", response="§"`,
	}
	naked = []string{
		"§", "invalid: §", "§ is not a valid API key", "(§)", "'§'", "got §.", "§, §", "[§ §]", "a=§", "/v1/§/models", "error:§", "<b>§</b>", "x\t§\ty",
		"https://§@h.test/v1", "请求 § 失败", "https://h.test/v1/§/x",
	}
)

// wrappings are what programs do to a text before it becomes an error.
var wrappings = []struct {
	name string
	wrap func(string) string
}{
	{"plain", func(s string) string { return s }},
	{"after words", func(s string) string { return "request failed: " + s + " (status 401)" }},
	{"JSON", func(s string) string { return nested(s, 1) }},
	{"JSON in JSON", func(s string) string { return nested(s, 2) }},
	{"JSON three deep", func(s string) string { return nested(s, 3) }},
	{"Go quoted", func(s string) string { return fmt.Sprintf("%q", s) }},
	{"Go quoted to ASCII", strconv.QuoteToASCII},
	{"Python", func(s string) string {
		return "APIError('" + strings.ReplaceAll(strings.ReplaceAll(s, `'`, `\'`), "\n", `\n`) + "')"
	}},
	{"percent", url.QueryEscape},
	{"percent twice", func(s string) string { return url.QueryEscape(url.QueryEscape(s)) }},
	{"percent path", url.PathEscape},
	{"percent in JSON", func(s string) string { return nested(url.QueryEscape(s), 1) }},
	{"JSON in percent", func(s string) string { return url.QueryEscape(nested(s, 1)) }},
	{"all percent", func(s string) string { return escapeAll(s, func(c byte) string { return fmt.Sprintf("%%%02x", c) }) }},
	{"signs as \\u", func(s string) string { return escapeSigns(s, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }) }},
	{"signs as \\u, twice", func(s string) string {
		return nested(escapeSigns(s, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }), 1)
	}},
	{"signs as \\u in percent", func(s string) string {
		return url.QueryEscape(escapeSigns(s, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }))
	}},
	{"signs as entities", func(s string) string {
		return "x " + escapeSigns(s, func(r rune) string { return fmt.Sprintf("&#%d;", r) })
	}},
	{"signs in octal", func(s string) string { return escapeSigns(s, func(r rune) string { return fmt.Sprintf(`\%03o`, r) }) }},
	{"signs as \\u in braces", func(s string) string { return escapeSigns(s, func(r rune) string { return fmt.Sprintf(`\u{%x}`, r) }) }},
	{"colors", func(s string) string {
		return strings.NewReplacer("=", "\x1b[0m=\x1b[33m", ": ", "\x1b[0m: \x1b[33m").Replace(s)
	}},
	{"escaped colors", func(s string) string {
		return strings.NewReplacer("=", `\x1b[0m=\u001b[33m`, ": ", `\x1b[0m: \u001b[33m`).Replace(s)
	}},
	{"HTML", func(s string) string {
		return "x " + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
	}},
	{"HTML twice", func(s string) string {
		return "x " + strings.NewReplacer(`"`, "&amp;quot;", "'", "&amp;#39;", "=", "&amp;#x3D;").Replace(s)
	}},
	{"upper-case names", func(s string) string { return upperNames(s) }},
	{"full-width signs", func(s string) string { return escapeSigns(s, func(r rune) string { return string(r + 0xfee0) }) }},
	{"invisible", func(s string) string { return strings.Join(strings.Split(s, ""), "\u200b") }},
	{"log line", func(s string) string {
		return `time=2026-11-30T10:00:00Z level=ERROR msg="call failed" err=` + strconv.Quote(s)
	}},
	{"Go headers", func(s string) string { return fmt.Sprint(http.Header{"X-Debug": {s, "x"}}) }},
	{"URL query", func(s string) string { return `Get "https://h.test/v1?e=` + url.QueryEscape(s) + `": EOF` }},
}

func nested(s string, times int) string {
	for range times {
		raw, _ := json.Marshal(map[string]string{"message": s})
		s = string(raw)
	}
	return s
}

func escapeAll(s string, escape func(byte) string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteString(escape(s[i]))
	}
	return out.String()
}

func escapeSigns(s string, escape func(rune) string) string {
	var out strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(base62, r) {
			out.WriteString(escape(r))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// upperNames leaves the key, which upper-case letters would change, alone.
func upperNames(s string) string {
	parts := strings.Split(s, "\x01")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.ToUpper(parts[i])
	}
	return strings.Join(parts, "")
}

// shownPart returns a part of the key's random characters that a detail shows, six
// or more in a row; "" where there is none.
func shownPart(detail, key string) string {
	for i := 0; i+6 <= len(key); i++ {
		if part := key[i : i+6]; strings.Contains(detail, part) && strings.ContainsAny(part, digits) {
			return part
		}
	}
	return ""
}

func TestNoKeyIsEverShown(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	check := func(place string, shape, alphabet, name string) {
		for n, w := range wrappings {
			if n > 0 && r.IntN(4) > 0 { // Each has its turn often enough.
				continue
			}
			key := makeKey(r, shape, alphabet)
			planted := strings.ReplaceAll(place, "§", key)
			if w.name == "upper-case names" {
				planted = strings.ReplaceAll(place, "§", "\x01"+key+"\x01")
			}
			text := w.wrap(planted)
			detail := Detail(text)
			secret := key
			for _, prefix := range []string{"github_pat_", "sk-ant-api03-", "tgp_v1_", "sk-or-v1-"} {
				secret = strings.TrimPrefix(secret, prefix)
			}
			assert.Empty(t, shownPart(strings.ReplaceAll(detail, `\u002d`, "-"), secret), "%s in %q, %s:\n%s\n%s", name, place, w.name, text, detail)
			assert.Equal(t, detail, Detail(detail), "%s", text)
			checkDetail(t, detail)
		}
	}
	for _, k := range keyShapes {
		for _, place := range places {
			check(place, k.shape, k.alphabet, k.name)
		}
		if !k.named {
			for _, place := range naked {
				check(place, k.shape, k.alphabet, k.name)
			}
		}
	}
}
