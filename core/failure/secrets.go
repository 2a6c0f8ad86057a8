package failure

import "strings"

// named is a field whose value is secret.
type named struct {
	// name is lower-case; a space in it matches a space, '-', '_' or nothing.
	name string
	// common is set for names that are ordinary words too. Their value is
	// secret after '=' and in JSON, and after ':' only if it looks random.
	common bool
	// line is set where the value goes on to the end of the line.
	line bool
}

var secretNames = []named{
	{name: "authorization", line: true},
	{name: "cookie", line: true},
	{name: "api key provided"},
	{name: "api key"},
	{name: "access key"},
	{name: "subscription key"},
	{name: "access token"},
	{name: "api token"},
	{name: "auth token"},
	{name: "id token"},
	{name: "refresh token"},
	{name: "security token"},
	{name: "session token"},
	{name: "secret key"},
	{name: "secret"},
	{name: "signing key"},
	{name: "private key"},
	{name: "password"},
	{name: "passwd"},
	{name: "credential"},
	{name: "signature"},
	{name: "sig", common: true},
	{name: "session", common: true},
	{name: "key", common: true},
	{name: "token", common: true},
	{name: "auth", common: true},
}

// shape is how a secret, or an id, begins.
type shape struct {
	prefix string
	// min is how many characters follow the prefix at least, unless the token
	// is partly masked, as in "sk-abc***xyz".
	min int
	// digit is set where one of the characters after the prefix is a digit.
	digit bool
	id    bool
}

var secretShapes = []shape{
	{prefix: "sk-", min: 10},             // OpenAI, Anthropic, OpenRouter, DeepSeek, LiteLLM, ...
	{prefix: "sk-", min: 4, digit: true}, // LiteLLM's short master keys
	{prefix: "sk_", min: 10},
	{prefix: "pk-", min: 16},
	{prefix: "AIza", min: 10},  // Google
	{prefix: "ya29.", min: 10}, // Google OAuth
	{prefix: "AQ.", min: 16},   // Google, newer keys
	{prefix: "gsk_", min: 10},  // Groq
	{prefix: "xai-", min: 16},
	{prefix: "hf_", min: 10},  // Hugging Face
	{prefix: "r8_", min: 10},  // Replicate
	{prefix: "fw_", min: 10},  // Fireworks
	{prefix: "tgp_", min: 10}, // Together
	{prefix: "pplx-", min: 10},
	{prefix: "csk-", min: 10}, // Cerebras
	{prefix: "nvapi-", min: 10},
	{prefix: "vck_", min: 10}, // Vercel AI Gateway
	{prefix: "ABSK", min: 16}, // Bedrock
	{prefix: "AKIA", min: 12}, // AWS
	{prefix: "ASIA", min: 12}, // AWS, temporary
	{prefix: "ghp_", min: 10}, // GitHub
	{prefix: "github_pat_", min: 10},
	{prefix: "eyJ", min: 20}, // JSON Web Token
	{prefix: "org-", min: 6, digit: true, id: true},
	{prefix: "proj_", min: 6, digit: true, id: true},
	{prefix: "user-", min: 6, digit: true, id: true},
	{prefix: "call_", min: 6, digit: true, id: true},
	{prefix: "fc_", min: 6, digit: true, id: true},
	{prefix: "rs_", min: 6, digit: true, id: true},
	{prefix: "ws_", min: 6, digit: true, id: true},
}

// tokenAt knows secrets and ids by their shape. It gives the end of the one at
// s[i] and what to put in its place, 0 where there is none.
func tokenAt(s string, i int) (to int, by string) {
	if mayBeShaped(s[i:]) {
		for _, known := range secretShapes {
			if known.prefix[0] != s[i] || !strings.HasPrefix(s[i:], known.prefix) {
				continue
			}
			rest := s[i+len(known.prefix) : max(tokenEnd(s, i), i+len(known.prefix))]
			if !hasMask(rest) && (len(rest) < known.min || known.digit && !hasDigit(rest)) {
				continue
			}
			if known.id {
				by = redactedID
			} else {
				by = redacted
			}
			return i + len(known.prefix) + len(rest), by
		}
	}
	return opaqueEnd(s, i), redacted
}

// mayBeShaped spares most words the comparison with every shape: a prefix has
// a '-', '_' or '.' after a few letters, or begins with A or ey.
func mayBeShaped(s string) bool {
	if s[0] == 'A' || strings.HasPrefix(s, "ey") {
		return true
	}
	for i := 1; i < len(s) && i < 7; i++ {
		if !isAlnum(s[i]) {
			return s[i] == '-' || s[i] == '_' || s[i] == '.'
		}
	}
	return false
}

// tokenEnd gives the end of the run of characters at s[i] that keys, masked
// ones too, are made of, without the punctuation that ends a sentence.
func tokenEnd(s string, i int) int {
	end := i
	for end < len(s) {
		if isTokenByte(s[end]) {
			end++
		} else if n := maskLen(s[end:]); n > 0 {
			end += n
		} else {
			break
		}
	}
	return i + len(strings.TrimRight(s[i:end], ".="))
}

func isTokenByte(c byte) bool {
	return isAlnum(c) || strings.IndexByte("_-.~+/=*", c) >= 0
}

// maskLen gives the length of the masking character that s begins with, or 0.
func maskLen(s string) int {
	for _, mask := range [...]string{"*", "•", "…"} {
		if strings.HasPrefix(s, mask) {
			return len(mask)
		}
	}
	return 0
}

// hasMask tells whether somebody has masked a part of a key already.
func hasMask(s string) bool {
	return strings.Contains(s, "**") || strings.Contains(s, "••") ||
		strings.Contains(s, "…") || strings.Contains(s, "...")
}

// maskedToken finds the masked key, such as "ab12****wx9z", whose mask begins
// at s[i]. The part of it before the mask is looked for back to s[done].
func maskedToken(s string, i, done int) (from, to int) {
	if !strings.HasPrefix(s[i:], "***") && !strings.HasPrefix(s[i:], "•••") {
		return 0, 0
	}
	for from = i; from > done && isTokenByte(s[from-1]); from-- {
	}
	return from, max(tokenEnd(s, i), i+3)
}

// opaqueEnd gives the end of 32 or more letters and digits, mixed, that stand
// alone at s[i], or 0. Keys without a prefix look so, at Azure, Mistral and
// Cohere for example.
func opaqueEnd(s string, i int) int {
	if i > 0 && (strings.IndexByte("_-", s[i-1]) >= 0 || camelStart(s, i)) {
		return 0
	}
	end, digits := i, 0
	for end < len(s) && isAlnum(s[end]) {
		if isDigit(s[end]) {
			digits++
		}
		end++
	}
	if end < len(s) && strings.IndexByte("_-", s[end]) >= 0 {
		return 0
	}
	if end-i < 32 || digits == 0 || digits == end-i {
		return 0
	}
	return end
}
