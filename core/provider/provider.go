// Package provider knows the model providers: which one answers at a URL, what
// its errors mean, which of its stream events are progress, an error or the end
// of the reply, and what text an event adds.
//
// Two things are kept apart. A [Provider] is a company or a server, found by its
// host. A dialect is a streaming API, found by the path or by the first event
// itself; many providers speak the same one. Each file but this one and the
// shared rules (judge.go, words.go, delay.go, body.go) describes one dialect or
// one family of providers.
package provider

import "strings"

// Auto asks Find to recognise the provider by itself.
const Auto = "auto"

// Provider is who answers a request.
type Provider struct {
	// ID names the provider in failures and events, such as "anthropic"; empty
	// when it was not recognised.
	ID string
	// dialect is nil when the path did not tell; the first events will.
	dialect *dialect
	// strict means that the provider always sends its documented end signal.
	strict bool
}

// hosts tells providers by the end of their host name. The first match wins.
var hosts = []struct{ suffix, id string }{
	{"api.anthropic.com", "anthropic"},
	{"api.openai.com", "openai"},
	{"openai.azure.com", "azure"},
	{"services.ai.azure.com", "azure"},
	{"cognitiveservices.azure.com", "azure"},
	{"generativelanguage.googleapis.com", "gemini"},
	{"aiplatform.googleapis.com", "vertex"},
	{"openrouter.ai", "openrouter"},
	{"api.mistral.ai", "mistral"},
	{"api.groq.com", "groq"},
	{"api.x.ai", "xai"},
	{"api.deepseek.com", "deepseek"},
	{"api.together.xyz", "together"},
	{"api.together.ai", "together"},
	{"api.cohere.com", "cohere"},
	{"api.cohere.ai", "cohere"},
}

// dialects in the order in which they are asked about a path.
var dialects = []*dialect{&anthropicMessages, &openAIChat, &openAIResponses, &gemini}

// IDs are the values that the provider option takes, besides Auto.
func IDs() []string {
	ids := []string{"openai-compatible"}
	for _, h := range hosts {
		if ids[len(ids)-1] != h.id {
			ids = append(ids, h.id)
		}
	}
	return ids
}

// Known tells whether id is a value that Find takes; the empty string means
// Auto.
func Known(id string) bool {
	if id == "" || id == Auto {
		return true
	}
	for _, known := range IDs() {
		if id == known {
			return true
		}
	}
	return false
}

// Find recognises the provider that answers at rawURL, by host and path. An id
// other than "" and Auto overrides what the host says. A URL that does not
// parse, or says nothing, gives a Provider that is recognised by its events.
//
// The path is compared by its end, so proxies may put anything before it.
func Find(rawURL, id string) Provider {
	p := Provider{ID: id}
	if id == Auto {
		p.ID = ""
	}
	host, path := splitURL(rawURL)
	for _, h := range hosts {
		if host == h.suffix || strings.HasSuffix(host, "."+h.suffix) ||
			h.id == "vertex" && strings.HasSuffix(host, "-"+h.suffix) {
			if p.ID == "" {
				p.ID = h.id
			}
			p.strict = p.ID == h.id
			break
		}
	}
	for _, d := range dialects {
		if d.path(path) {
			p.dialect = d
			if p.ID == "" {
				p.ID = d.owner
			}
			break
		}
	}
	return p
}

// splitURL gives the host, in lower case and without user and port, and the
// path of a URL. It stands in for net/url, which would cost every page 40 KB.
func splitURL(rawURL string) (host, path string) {
	if i := strings.IndexAny(rawURL, "?#"); i >= 0 {
		rawURL = rawURL[:i]
	}
	if _, rest, ok := strings.Cut(rawURL, "://"); ok {
		host, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	} else {
		path = rawURL
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(host), path
}
