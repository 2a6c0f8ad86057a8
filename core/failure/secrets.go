package failure

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
