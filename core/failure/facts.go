package failure

import "strings"

// fact is what one thing that is known of a failure says by itself: the number or
// the type of an error, a code, or a sentence that one library writes for one
// situation. Facts go before words: they mean the same in any language, and a
// certificate called "quota.example" is no used-up quota.
type fact struct {
	kind      Kind
	retryable bool
	// presumed is set where it may be either: a few more attempts will tell.
	presumed bool
}

// The facts about connections. final is what the next attempt would meet again.
var (
	lost    = fact{kind: Network, retryable: true}
	final   = fact{kind: Network}
	unclear = fact{kind: Network, retryable: true, presumed: true}
	late    = fact{kind: Timeout, retryable: true}
	invalid = fact{kind: InvalidRequest}
	bug     = fact{kind: Unknown}
)

func (f fact) known() bool { return f.kind != "" }

// stronger gives the fact that decides where two are known: one that is final, as
// in a chain it is the reason for the others, otherwise the first.
func (f fact) stronger(other fact) fact {
	if !f.known() || f.retryable && other.known() && !other.retryable {
		return other
	}
	return f
}

// failure makes the Failure that the fact describes.
func (f fact) failure(text string) Failure {
	made := verdict{kind: f.kind, retryable: f.retryable}.failure(0, text)
	made.Presumed = f.presumed
	return made
}

// said is a fact by a piece of a text, compared as it stands.
type said struct {
	text string
	fact fact
}

// transportSentences are what Go's net/http, its HTTP/2, TLS and SOCKS say, and gateways
// written in Go pass on. The first that is found decides. The order: what a text
// may quote from the other side (the debug data of a GOAWAY) comes after the
// sentence that quotes it.
var transportSentences = []said{
	// HTTP/2: what the server says that it will say again.
	{"HTTP_1_1_REQUIRED", final},
	{"INADEQUATE_SECURITY", final},
	// Any other farewell and any other reset, whatever the debug data says.
	{"GOAWAY", lost},
	{"; received from peer", lost},
	{"http2: connection error: ", lost},
	{"http2: client conn", lost},

	// One protocol spoken to a server of another.
	{"server gave HTTP response to HTTPS client", final},
	{"looked like an HTTP/1.1 header", final},
	{"unexpected ALPN protocol", final},
	{`malformed HTTP response "\x15\x03`, final},     // TLS
	{`malformed HTTP response "\x00\x00`, final},     // HTTP/2
	{"first record does not look like a TLS", final}, // neither
	{"malformed HTTP ", unclear},
	{"malformed MIME header", unclear},
	{"Expected HTTP/", unclear}, // Node's parser

	// TLS: alerts about damage, then all others.
	{"tls: bad record MAC", lost},
	{"error: tls: decryption failed", lost},
	{"error: tls: record overflow", lost},
	{"error: tls: decompression failure", lost},
	{"error: tls: error decoding message", lost},
	{"error: tls: error decrypting message", lost},
	{"error: tls: unexpected message", lost},
	{"error: tls: internal error", lost},
	{"error: tls: user canceled", lost},
	{"error: tls: close notify", lost},
	{"remote error: tls: ", final},
	{"local error: tls: ", final},
	{"wrong version number", final}, // OpenSSL's, where it has no code
	{"alert handshake failure", final},
	{"alert protocol version", final},

	// Bodies that were damaged on the way.
	{"byte in chunk length", lost},
	{"number for chunk length", lost},
	{"http chunk length", lost},
	{"chunked encoding", lost},
	{"chunked line", lost},
	{"gzip: invalid", lost},
	{"flate: corrupt", lost},
	{"zlib: invalid", lost},

	// Addresses that lead nowhere, and heads without end.
	{"stopped after 10 redirects", final},
	{"redirect count exceeded", final},
	{"unexpected redirect", final},
	{"redirected too many times", final},
	{"oo many redirects", final},
	{"aximum redirect", final},
	{"redirect mode is set to error", final},
	{"error following redirect", final},
	{"response headers exceeded", final},
	{"response header list larger", final},
	{"eader overflow", final}, // Node's parser
	{"eaders Overflow", final},
	{"unsupported protocol scheme", final},
	{"unsupported URL", final},
	{"protocols are supported", final},
	{"absolute URLs are supported", final},
	{"unknown scheme", final},
	{"bad port)", final},
	{"ailed to parse URL", final},
	{"Invalid URL", final},
	{"builder error", final}, // of Rust's reqwest

	// A name that does not exist, in the words of the C libraries and the systems.
	{"ame or service not known", final},
	{"ame does not resolve", final},
	{"nodename nor servname", final},
	{"ddress associated with hostname", final},
	{"o such host", final},
	{"no data of the requested type", final},
	{"ould not resolve host", final},
	{"hostname could not be found", final},

	// SOCKS: what a proxy refuses, then what it could not do this time.
	{"not allowed by ruleset", final},
	{"command not supported", final},
	{"address type not supported", final},
	{"no acceptable authentication methods", final},
	{"username/password authentication failed", final},
	{"invalid username/password", final},
	{"unknown error general SOCKS server failure", lost},
	{"unknown error host unreachable", lost},
	{"unknown error network unreachable", lost},
	{"unknown error connection refused", lost},
	{"unknown error TTL expired", lost},

	{"CLEARTEXT communication", fact{kind: Blocked}}, // Android
	{"Trust anchor for certification path", final},
	{"ertificate", final},
}

// factIn gives what a text tells that no status came with.
func factIn(text string) fact {
	text = beginning(text)
	if f := firstIn(transportSentences, text); f.known() {
		return f
	}
	return codeIn(text).stronger(windowsIn(text))
}

// firstIn gives the fact of the first sentence that a text has.
func firstIn(sentences []said, text string) fact {
	for i := range sentences {
		if strings.Contains(text, sentences[i].text) {
			return sentences[i].fact
		}
	}
	return fact{}
}

// refusals are the reasons with which an HTTP proxy declines a CONNECT for good.
var refusals = [...]string{
	"Bad Request", "Unauthorized", "Forbidden", "Not Found", "Method Not Allowed", "Not Implemented",
}

// proxyIn gives what a proxy answered instead of connecting. It is the proxy that
// speaks, so it is about the way and no API key. Go shows of the answer the
// status's reason alone: after the address in url.Error, or as the whole text, which
// says that only where an attempt failed. Others speak of a tunnel and of the status.
func proxyIn(text string, attempt bool) fact {
	text = beginning(text)
	if strings.Contains(text, "Proxy Authentication Required") {
		return final
	}
	if strings.Contains(text, "unnel") {
		_, after, found := strings.Cut(text, "Proxy response (") // undici
		if !found {
			after = text
		}
		switch status := statusInText("status " + after); {
		case status >= 500:
			return lost
		case status >= 400:
			return final
		}
	}
	at := strings.LastIndex(text, `": `)
	if at < 0 && !attempt {
		return fact{}
	}
	said := text
	if at >= 0 {
		said = text[at+len(`": `):]
	}
	for _, reason := range refusals {
		if said == reason {
			return final
		}
	}
	return fact{}
}

// windowsIn gives what an error number of Windows means that a text names, as
// Rust's "(os error 10061)" and Python's "[WinError 10054]" do: the words around
// it are in the language of the system.
func windowsIn(text string) fact {
	for _, name := range [...]string{"os error ", "WinError "} {
		if _, after, found := strings.Cut(text, name); found {
			n := 0
			for i := 0; i < len(after) && i < 6 && isDigit(after[i]); i++ {
				n = 10*n + int(after[i]-'0')
			}
			return windowsError(n)
		}
	}
	return fact{}
}

// windowsError gives what an error number of Windows means. Other systems have
// none as large.
func windowsError(n int) fact {
	switch n {
	case 10060: // WSAETIMEDOUT
		return late
	case 10013, // WSAEACCES: a firewall, and it stays
		10022, 10043, 10047, // WSAEINVAL, WSAEPROTONOSUPPORT, WSAEAFNOSUPPORT
		11001, 11004: // WSAHOST_NOT_FOUND, WSANO_DATA: no such host
		return final
	case 10024, 10035, // WSAEMFILE, WSAEWOULDBLOCK
		10091, 10101, // WSASYSNOTREADY, WSAEDISCON
		11002, 11003: // WSATRY_AGAIN, WSANO_RECOVERY
		return lost
	}
	// From WSAEADDRINUSE over resets and refusals to WSAEHOSTUNREACH; and what the
	// system itself says of the same, ERROR_CONNECTION_REFUSED and so on.
	if n >= 10048 && n <= 10065 || n >= 1225 && n <= 1236 {
		return lost
	}
	return fact{}
}
