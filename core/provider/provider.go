// Package provider knows the model providers: which one answers at a URL, what
// its errors mean, which of its stream events are progress, an error or the end
// of the reply, and what text an event adds.
//
// Two things are kept apart. A provider is a company or a server, found by its
// host: its definition says what is its own. A dialect is a streaming API,
// found by the path or by the first event itself; many providers speak the
// same one. Each provider has a file, and a line in the list below.
package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
)

// definitions lists the providers, in the order in which they are asked about a
// host and a path. To add one, write its file and its line here.
var definitions = []*definition{
	&anthropic,
	&openAI,
	&azure,
	&gemini,
	&vertex,
	&openRouter,
	&mistral,
	&groq,
	&xAI,
	&deepSeek,
	&together,
	&cohere,
	&moonshot,
	&miniMax,
	&zhipu,
	&dashScope,
	&siliconFlow,
	&volcengine,
	&nvidia,
	&gitHubCopilot,
	&gitHubModels,
	&cloudflare,
	&perplexity,
	&cerebras,
	&fireworks,
	&deepInfra,
	&huggingFace,
	&ollama,
	&vLLM,
	&liteLLM,
	&llamaCPP,
	&lmStudio,
	&sgLang,
	&tgi,
	&aiSDK,
	&compatible,
}

// definition is what is particular to one provider. All but id is optional.
type definition struct {
	// id names the provider in failures, events and the provider option.
	id string
	// name is what people call it; empty for "the AI provider".
	name string
	// hosts are host names, or their ends from a dot or a hyphen on.
	hosts []string
	// dialects are the APIs that are the provider's own: a path or an event of
	// theirs, at a host that tells nothing, stands for the provider.
	dialects []*dialect.Dialect
	// speaks is the API that the provider's name alone stands for. May be nil.
	speaks *dialect.Dialect
	// codes are error types and codes in a sense of the provider's own; they go
	// before the common ones.
	codes []code
	// phrases are wordings in the provider's sentences, in lower case, that mean one
	// thing whatever the code and the status are.
	phrases []meaning
	// refine may put a code first for what the provider says in its own way. May
	// be nil.
	refine func(body *errorBody)
	// statuses are HTTP statuses in a sense of the provider's own.
	statuses []ownStatus
	// finishes are reasons to finish that mean a failure.
	finishes []meaning
	// strict means that the provider always sends its documented end signal, so
	// that less than that is no end.
	strict bool
}

// Auto asks Find to recognise the provider by itself.
const Auto = "auto"

// Provider is who answers a request.
type Provider struct {
	// def is nil when the provider was not recognised.
	def *definition
	// dialect is nil when the path did not tell; the first events will.
	dialect *dialect.Dialect
	// certain means that the host or the caller named the provider, rather than
	// the shape of a path or an event.
	certain bool
}

// ID returns the provider's id in failures and events, such as "anthropic"; empty when
// it was not recognised.
func (p Provider) ID() string {
	if p.def == nil {
		return ""
	}
	return p.def.id
}

// MaySpeakLike reports whether a reader of p's streams may be given those of other: not
// where their APIs are known and differ.
func (p Provider) MaySpeakLike(other Provider) bool {
	return p.dialect == nil || other.dialect == nil || p.dialect == other.dialect
}

// Failure makes a failure of the provider's, with its name in the message.
func (p Provider) Failure(kind failure.Kind, status int) failure.Failure {
	return p.sign(failure.New(kind, status))
}

// Classify judges an error of the way to the provider, such as a lost connection.
func (p Provider) Classify(err error) failure.Failure {
	f := p.sign(failure.ClassifyAttempt(err))
	if m := failure.BlockedMessage(err.Error(), p.name()); m != "" {
		f.Message, f.Detail = m, ""
	}
	return f
}

// FinalMessage returns what to tell a person about a failure that another attempt
// might cure, once there will be no other.
func (p Provider) FinalMessage(f failure.Failure) string {
	// What was found out about a lost connection says more.
	if f.Kind == failure.Network && !f.Presumed && f.Message != failure.Message(f.Kind, true, p.name()) {
		return f.Message
	}
	return failure.Message(f.Kind, false, p.name())
}

// name returns the provider's name for people; empty when it is not known.
func (p Provider) name() string {
	if p.def == nil {
		return ""
	}
	return p.def.name
}

func (p Provider) sign(f failure.Failure) failure.Failure {
	return f.WithProvider(p.ID(), p.name())
}

// strict reports whether less than the documented end signal is no end.
func (p Provider) strict() bool { return p.certain && p.def.strict }

// hosted reports whether a company serves the provider, which was named or found by
// its host, rather than anybody.
func (p Provider) hosted() bool { return p.certain && len(p.def.hosts) > 0 }

// IDs returns the values that the provider option takes, besides Auto.
func IDs() (ids []string) {
	for _, d := range definitions {
		ids = append(ids, d.id)
	}
	return ids
}

// Known reports whether id is a value that Find takes; the empty string means
// Auto.
func Known(id string) bool { return id == "" || id == Auto || byID(id) != nil }

func byID(id string) *definition {
	for _, d := range definitions {
		if d.id == id {
			return d
		}
	}
	return nil
}

// Find recognises the provider that answers at rawURL, by host and path. An id
// other than "" and Auto overrides what the URL says of the provider, not what
// it says of the API. A URL that does not parse, or says nothing, gives a
// Provider that is recognised by its events.
//
// The path is compared by its end, so proxies may put anything before it.
func Find(rawURL, id string) (p Provider) {
	host, path := dialect.SplitURL(rawURL)
	if p.def = byID(id); p.def == nil {
		p.def = byHost(host)
	}
	p.certain = p.def != nil
	owner, spoken := byPath(path)
	p.dialect = spoken
	if p.def == nil {
		p.def = owner
	}
	if p.dialect == nil && p.def != nil {
		p.dialect = p.def.speaks
	}
	return p
}

func byHost(host string) *definition {
	for _, d := range definitions {
		for _, end := range d.hosts {
			before, ok := strings.CutSuffix(host, end)
			if ok && (before == "" || strings.HasSuffix(before, ".") || strings.HasSuffix(before, "-")) {
				return d
			}
		}
	}
	return nil
}

func byPath(path string) (*definition, *dialect.Dialect) {
	for _, d := range definitions {
		for _, spoken := range d.dialects {
			if spoken.Path(path) {
				return d, spoken
			}
		}
	}
	return nil, nil
}
