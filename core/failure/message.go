package failure

import "strings"

// New makes a Failure of a kind, with its message and its usual Retryable:
// RateLimit, Overloaded, Server, Timeout, Network, Truncated, Empty, Stalled
// and Offline are retryable, all others are not. Status is the HTTP status or 0. An
// empty kind becomes Unknown.
func New(kind Kind, status int) Failure {
	if kind == "" {
		kind = Unknown
	}
	f := Failure{Kind: kind, StatusCode: status, Retryable: usuallyRetryable(kind)}
	return f.WithProvider("", "")
}

func usuallyRetryable(kind Kind) bool {
	switch kind {
	case RateLimit, Overloaded, Server, Timeout, Network, Truncated, Empty, Stalled, Offline:
		return true
	}
	return false
}

// WithProvider returns the failure with its provider's id set and its message
// built anew, so that it names the provider; see [Message]. Set Kind, Retryable
// and Presumed first, as they shape the message.
func (f Failure) WithProvider(id, name string) Failure {
	f.Provider = id
	if f.Presumed && f.Retryable {
		f.Message = fill(presumption(f.Kind), name)
		return f
	}
	f.Message = Message(f.Kind, f.Retryable, name)
	return f
}

// presumption returns the message of a failure that is retried a few times only.
func presumption(kind Kind) string {
	var what string
	switch kind {
	case Server:
		what = "{} reported an error that is not known."
	case Truncated:
		what = "The reply from {} may have broken off."
	default:
		what = "The request to {} failed for a reason that is not known."
	}
	return what + " Trying a few more times."
}

// Message returns what to tell a person about a failure: what happened and, if
// it is not retryable, what to do. Name is the provider's name for people, such
// as "Anthropic"; empty where it is not known.
func Message(kind Kind, retryable bool, name string) string {
	what, todo := sentences(kind)
	if !retryable && todo != "" {
		what += " " + todo
	}
	return fill(what, name)
}

// fill puts the provider's name in the place of {}.
func fill(what, name string) string {
	if name == "" {
		name = "The AI provider"
		if !strings.HasPrefix(what, "{}") {
			name = "the AI provider"
		}
	}
	before, after, named := strings.Cut(what, "{}")
	if !named {
		return what
	}
	return before + name + after
}

// sentences returns the two halves of a kind's message; {} is the provider.
func sentences(kind Kind) (what, todo string) {
	switch kind {
	case RateLimit:
		return "{} is limiting requests for the moment.", "Wait a while, then try again."
	case Overloaded:
		return "{} is temporarily overloaded.", "Try again in a few minutes."
	case UsageLimit:
		return "{} reports that the usage limit is reached.", "Check the plan, the credit and the spend limits of the account."
	case Auth:
		return "{} did not accept the API key.", "Check that it is complete and still active."
	case Permission:
		return "{} does not allow this request.", "Check what the API key and the account may use."
	case ContextExceeded:
		return "{} cannot read a conversation this long.", "Shorten it, leave out attachments, or start a new one."
	case ModelNotFound:
		return "{} does not offer the requested model.", "Check the model's name, the address, and what the account may use."
	case InvalidRequest:
		return "{} cannot work with this request.", "Change the message or the settings, or start a new conversation."
	case ContentFilter:
		return "{} stopped this for safety reasons.", "Put it differently and try again."
	case Server:
		return "{} is temporarily unavailable.", "Try again in a few minutes."
	case Timeout:
		return "{} took too long to answer.", "Try again, or allow more time."
	case Network:
		return "The connection to {} failed.", "Check the network and the address, then try again."
	case Truncated:
		return "The reply from {} broke off.", "Try again."
	case Empty:
		return "The reply from {} came back empty.", "Try again."
	case Stalled:
		return "The reply from {} came to a halt.", "Try again."
	case Offline:
		return "This device is offline.", "Check its network connection, then try again."
	case Blocked:
		return "The browser blocked the request to {}.", "Check the page's security policy, and whether the address allows requests from web pages."
	case Canceled:
		return "The request was stopped.", ""
	}
	return "The request to {} failed.", "The reason is not known. Try again, or look at the details."
}
