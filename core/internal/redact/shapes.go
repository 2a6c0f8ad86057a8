package redact

import "strings"

// shape is how a secret, or an id, begins.
type shape struct {
	prefix string
	// min is how many characters follow the prefix at least, unless the token
	// is partly masked, as in "sk-abc***xyz".
	min int
	// loose is set where nothing else begins so: what follows need not look
	// random.
	loose bool
}

var secretShapes = [...]shape{
	{prefix: "sk-", min: 10, loose: true}, // OpenAI, Anthropic, OpenRouter, DeepSeek, LiteLLM, ...
	{prefix: "sk_", min: 10},
	{prefix: "pk-", min: 16},
	{prefix: "rk_", min: 16},
	{prefix: "AIza", min: 10, loose: true},  // Google
	{prefix: "ya29.", min: 10, loose: true}, // Google OAuth
	{prefix: "GOCSPX-", min: 10},            // Google OAuth
	{prefix: "AQ.", min: 16, loose: true},   // Google, newer keys
	{prefix: "gsk_", min: 10, loose: true},  // Groq
	{prefix: "xai-", min: 16},
	{prefix: "hf_", min: 10},               // Hugging Face
	{prefix: "r8_", min: 10},               // Replicate
	{prefix: "fw_", min: 10},               // Fireworks
	{prefix: "tgp_", min: 10, loose: true}, // Together
	{prefix: "pplx-", min: 10},
	{prefix: "csk-", min: 10, loose: true}, // Cerebras
	{prefix: "nvapi-", min: 10, loose: true},
	{prefix: "vck_", min: 10, loose: true},    // Vercel AI Gateway
	{prefix: "cpk_", min: 10, loose: true},    // Chutes
	{prefix: "bce-v3/", min: 10, loose: true}, // Baidu
	{prefix: "ABSK", min: 16},                 // Bedrock
	{prefix: "AKIA", min: 12},                 // AWS
	{prefix: "ASIA", min: 12},                 // AWS, temporary
	{prefix: "ghp_", min: 10, loose: true},    // GitHub
	{prefix: "gho_", min: 10, loose: true},
	{prefix: "ghu_", min: 10, loose: true},
	{prefix: "ghs_", min: 10, loose: true},
	{prefix: "github_pat_", min: 10, loose: true},
	{prefix: "glpat-", min: 10, loose: true}, // GitLab
	{prefix: "xoxb-", min: 10, loose: true},  // Slack
	{prefix: "xoxp-", min: 10, loose: true},
	{prefix: "whsec_", min: 10, loose: true}, // webhooks
	{prefix: "tvly-", min: 10},               // Tavily
	{prefix: "lsv2_", min: 10},               // LangSmith
	{prefix: "eyJ", min: 20, loose: true},    // JSON Web Token
}

// idPrefixes begin ids of accounts and conversation items.
var idPrefixes = [...]string{"org-", "proj_", "user-", "call_", "fc_", "rs_", "ws_"}

// token knows secrets and ids by their shape. It returns the end of the one at
// text[i] and what to put in its place, 0 where there is none.
func (r *redactor) token(i int) (to int, by string) {
	s := r.text
	end := alnumEnd(s[:min(len(s), i+maxToken)], i)
	if end-i < 20 && (end == len(s) || s[end] == ' ') && s[i]|0x20 != 'a' {
		return 0, "" // most words
	}
	r.met = r.met || end-i >= 12
	if mayBeShaped(s[i:end], end < len(s) && strings.IndexByte("-_.", s[end]) >= 0) {
		for k := range secretShapes {
			known := &secretShapes[k]
			if s[i]|0x20 == known.prefix[0]|0x20 && len(s)-i > len(known.prefix) && known.begins(s[i:]) {
				r.met = true
				if known.matches(s, i) {
					return tokenEnd(s, i), Mark
				}
			}
		}
		for _, prefix := range &idPrefixes {
			if strings.HasPrefix(s[i:], prefix) {
				r.met = true
				if isID(tokenOf(s[i+len(prefix):])) {
					return tokenEnd(s, i), markID
				}
			}
		}
	}
	return opaqueEnd(s, i, r.end > 0), Mark
}

// begins reports whether s begins with the prefix, in whatever case.
func (known *shape) begins(s string) bool {
	for k := range len(known.prefix) {
		if lower(s[k]) != lower(known.prefix[k]) {
			return false
		}
	}
	return true
}

// matches reports whether what begins at s[i] with the prefix is a secret. In
// another case than the provider's it has to look random.
func (known *shape) matches(s string, i int) bool {
	given := s[i : i+len(known.prefix)]
	exact := given == known.prefix
	rest := tokenOf(s[i+len(given):])
	if exact && hasMask(rest) {
		return true
	}
	if known.prefix == "sk-" && exact && len(rest) >= 4 && hasDigit(rest) { // LiteLLM's short master keys
		return true
	}
	return len(rest) >= known.min && (exact && (known.loose || alnumEnd(rest, 0) >= known.min) || keyLike(rest))
}

// isID reports whether what follows the prefix of an id is one, not words and numbers, as in
// "call_function_2" and "org-chart-2024.pdf".
func isID(rest string) bool {
	if len(rest) < 6 {
		return hasMask(rest)
	}
	if !isJoined(rest) {
		return keyLike(rest) || hasMask(rest)
	}
	digits := 0
	for i := range len(rest) {
		if isDigit(rest[i]) {
			digits++
		}
	}
	return digits > 2 || isRandom(rest, 6)
}

// isJoined reports whether s is letters and digits only.
func isJoined(s string) bool { return alnumEnd(s, 0) == len(s) }

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// mayBeShaped spares most words the comparison with every shape: a prefix is a
// few letters before a sign, or begins with A or ey.
func mayBeShaped(word string, sign bool) bool {
	if sign && len(word) < 7 {
		return true
	}
	if len(word) < 4 {
		return false
	}
	switch word[0] | 0x20 {
	case 'a':
		return strings.IndexByte("ikbs", word[1]|0x20) >= 0
	case 'e':
		return word[1]|0x20 == 'y'
	}
	return false
}

// pemEnd returns the end of the block of PEM, a private key say, that begins at
// s[i], or 0. One that was cut ends with the text.
func pemEnd(s string, i int) int {
	const begin, end = "-----BEGIN", "-----END"
	if !strings.HasPrefix(s[i:], begin) {
		return 0
	}
	n := strings.Index(s[i:], end)
	if n < 0 {
		return len(s)
	}
	i += n + len(end)
	for i < len(s) && (isAlnum(s[i]) || strings.IndexByte(" +-", s[i]) >= 0) && !strings.HasSuffix(s[:i], "-----") {
		i++
	}
	return i
}
