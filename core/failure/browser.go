package failure

import "strings"

// engineMessage is what one JavaScript engine says when a fetch, or the
// reading of its body, fails. The standard prescribes only the error's name,
// so the wording is all there is to tell one failure from another.
type engineMessage struct {
	// message is compared like the phrases of the rules.
	message string
	// whole is set where the message is so short that, inside a longer text,
	// it could mean something else: "your account was terminated". Such a
	// message counts only as the whole text or after "TypeError: ".
	whole     bool
	kind      Kind
	retryable bool
}

// engineMessages is what engines are known to say. The first match decides.
// Chromium and Firefox do not tell the page when a policy (CORS, CSP) blocks a
// request: they say the same as for a lost connection.
var engineMessages = []engineMessage{
	// AbortSignal.timeout, the page's own deadline: Chromium, Node, Firefox.
	{message: "signal timed out", kind: Timeout},
	{message: "operation was aborted due to timeout", kind: Timeout},
	{message: "timeout error the operation timed out", kind: Timeout},
	// AbortController.abort, in all engines ("AbortError: ..."). The messages
	// vary: "signal is aborted without reason" and "BodyStreamBuffer was
	// aborted" (Chromium), "The operation was aborted." (Firefox), "Fetch is
	// aborted" (Safari), "This operation was aborted" (Node).
	{message: "abort error", kind: Canceled},
	{message: "signal is aborted without reason", kind: Canceled},
	{message: "fetch is aborted", kind: Canceled},
	{message: "operation was aborted", kind: Canceled},
	{message: "user aborted a request", kind: Canceled},

	// What retrystream's own script finds out: see BlockedMessage.
	{message: "blocked error lost", kind: Network, retryable: true},
	{message: "blocked error", kind: Blocked},
	// Safari names CORS; the others write to the console only.
	{message: "is not allowed by access control allow origin", kind: Blocked},
	{message: "due to access control checks", kind: Blocked},
	// Firefox's console line for CORS, which some libraries pass on.
	{message: "cross origin request blocked", kind: Blocked},
	// The policy of the page, as Chromium's console and some workers word it.
	{message: "content security policy", kind: Blocked},

	// Safari and other programs on Apple systems.
	{message: "internet connection appears to be offline", kind: Offline, retryable: true},
	// Chromium's net error, as extensions and Electron see it.
	{message: "err internet disconnected", kind: Offline, retryable: true},

	// Chromium: no connection, or blocked; newer versions append the host.
	{message: "failed to fetch", whole: true, kind: Network, retryable: true},
	// Firefox: no connection, or blocked.
	{message: "network error when attempting to fetch resource", kind: Network, retryable: true},
	// Chromium: the connection broke while the body was read.
	{message: "network error", whole: true, kind: Network, retryable: true},
	// Chromium's net errors for the same, as extensions and Electron see them.
	{message: "err network changed", kind: Network, retryable: true},
	{message: "err connection", kind: Network, retryable: true},
	// Firefox: the connection broke while the body was read; older, newer.
	{message: "error in body stream", kind: Network, retryable: true},
	{message: "error in input stream", kind: Network, retryable: true},
	// Safari 17 and later: any failure of fetch; may append the host.
	{message: "load failed", whole: true, kind: Network, retryable: true},
	// Safari: the connection broke, or could not be made.
	{message: "network connection was lost", kind: Network, retryable: true},
	{message: "could not connect to the server", kind: Network, retryable: true},
	// React Native and the whatwg-fetch polyfill.
	{message: "network request failed", kind: Network, retryable: true},
	// Node (undici): no connection; broke while the body was read; its cause.
	{message: "fetch failed", whole: true, kind: Network, retryable: true},
	{message: "terminated", whole: true, kind: Network, retryable: true},
	{message: "other side closed", kind: Network, retryable: true},
	// Deno, then Bun, then Cloudflare Workers.
	{message: "error sending request for url", kind: Network, retryable: true},
	{message: "unable to connect is the computer able to access the url", kind: Network, retryable: true},
	{message: "network connection lost", kind: Network, retryable: true},
}

// engineSays finds the first engine message in a text, nil if there is none.
func engineSays(w *Words) *engineMessage {
	for i := range engineMessages {
		m := &engineMessages[i]
		if m.whole && isWhole(w, m.message) || !m.whole && w.Has(m.message) {
			return m
		}
	}
	return nil
}

// isWhole reports whether the message is all that the text says, apart from an
// error's name before it and a host in parentheses after it, or whether it is
// what a TypeError says.
func isWhole(w *Words, message string) bool {
	const typeError = "type error "
	i := w.find(message, 0)
	if i < 0 {
		return false
	}
	if strings.HasSuffix(w.text[:i], typeError) {
		return true
	}
	before := w.text[1:i]
	if before != "" && before != "error " && before != "java script error " {
		return false
	}
	end := i + len(message)
	return end == len(w.text) || end == len(w.head)
}

// BlockedMessage returns what to tell a person about a request that the browser
// refuses, or may refuse, as text says: "BlockedError: csp" or "mixed-content",
// which are certain, "lost" for a connection that failed although the server
// answers, and "cors" for several of these in a row. It is empty for any other
// text. Name is the provider's, as for [Message].
func BlockedMessage(text, name string) string {
	cause, ok := strings.CutPrefix(text, "BlockedError: ")
	if !ok {
		return ""
	}
	if name == "" {
		name = "the AI provider"
	}
	cause, _, _ = strings.Cut(cause, " (") // what the fetch itself said
	switch cause {
	case "lost":
		return "The connection to " + name + " failed, although its server answers: it broke, or this page is not allowed there (CORS)."
	case "cors":
		return "The connection to " + name + " failed every time, although its server answers. If it never worked from this page, the server does not allow the page's origin (CORS): it must, or send the requests through a server of your own. Otherwise try again later."
	case "csp":
		return "The page's Content-Security-Policy forbids requests to " + name + ". Add its address to connect-src."
	case "mixed-content":
		return "A page on https may not send requests to " + name + " on http. Use an https address, or localhost."
	}
	return ""
}
