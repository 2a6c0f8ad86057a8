package failure

import "strings"

// fact is what one thing that is known of a failure means by itself: the number or
// the type of an error, a code, or a sentence that one library writes for one
// situation. Facts go before words: they mean the same in any language, and a
// certificate of quota.example is no used-up quota.
type fact uint8

const (
	unknown fact = iota
	// lost: the connection was not made, or broke; the next may hold.
	lost
	// final: the next attempt would meet the same.
	final
	// unclear: it may be either; a few more attempts will tell.
	unclear
	// late: somebody on the way gave up waiting.
	late
	// cutOff: the reply ended too soon.
	cutOff
	// offline, stopped, blocked: as the kinds say.
	offline
	stopped
	blocked
	// invalid: a request that cannot be sent.
	invalid
	// bug: a mistake of a program's own.
	bug
)

// factKinds are what failures by these facts are called.
var factKinds = [...]Kind{
	lost: Network, final: Network, unclear: Network, late: Timeout, cutOff: Truncated,
	offline: Offline, stopped: Canceled, blocked: Blocked, invalid: InvalidRequest, bug: Unknown,
}

func (f fact) retryable() bool {
	switch f {
	case lost, unclear, late, cutOff, offline:
		return true
	}
	return false
}

// stronger returns the fact that decides where two are known: one that is final, as
// in a chain it is the reason for the others, otherwise the first.
func (f fact) stronger(other fact) fact {
	if f == unknown || f.retryable() && other != unknown && !other.retryable() {
		return other
	}
	return f
}

// failure makes the Failure that the fact describes.
func (f fact) failure(text string) Failure {
	made := verdict{kind: factKinds[f], retryable: f.retryable()}.failure(0, text)
	made.Presumed = f == unclear
	return made
}

// saying is a fact and the texts that say it, each after a vertical bar but the
// first. In lists of them the first that fits decides. They are long strings rather
// than lists, because of what each string weighs in a page.
type saying struct {
	fact  fact
	texts string
}

// sayings are what Go's net/http, its HTTP/2, TLS and SOCKS say, Node's parser
// and fetch, and the libraries of systems, as they stand. What a text may quote
// from the other side, such as the debug data of a GOAWAY, comes after the sentence
// that quotes it.
var sayings = [...]saying{
	// HTTP/2: what the server would say again, then any other farewell and reset.
	{final, "HTTP_1_1_REQUIRED|INADEQUATE_SECURITY"},
	{lost, "GOAWAY|; received from peer|http2: connection error: |http2: client conn"},

	// One protocol spoken to a server of another: TLS (a record that begins with
	// 0x15 0x03), HTTP/2 (a frame of less than 64 KB), or none that is known.
	{final, "server gave HTTP response to HTTPS client|looked like an HTTP/1.1 header|unexpected ALPN protocol|" +
		`malformed HTTP response "\x15\x03|malformed HTTP response "\x00\x00|` +
		"first record does not look like a TLS|wrong version number"},
	{unclear, "malformed HTTP |malformed MIME header|Expected HTTP/"},

	// TLS: alerts about damage, then all others; OpenSSL's, where they have no code.
	{lost, "tls: bad record MAC|error: tls: decryption failed|error: tls: record overflow|error: tls: decompression failure|" +
		"error: tls: error decoding message|error: tls: error decrypting message|error: tls: unexpected message|" +
		"error: tls: internal error|error: tls: user canceled|error: tls: close notify"},
	{final, "remote error: tls: |local error: tls: |alert handshake failure|alert protocol version"},

	// Bodies that were damaged on the way.
	{lost, "byte in chunk length|number for chunk length|http chunk length|chunked encoding|chunked line|" +
		"gzip: invalid|flate: corrupt|zlib: invalid"},

	// Addresses that lead nowhere, and heads without end.
	{final, "stopped after 10 redirects|redirect count exceeded|unexpected redirect|redirected too many times|oo many redirects|" +
		"aximum redirect|redirect mode is set to error|error following redirect|" +
		"response headers exceeded|response header list larger|eader overflow|eaders Overflow|" +
		"unsupported protocol scheme|unsupported URL|protocols are supported|absolute URLs are supported|" +
		"unknown scheme|bad port)|ailed to parse URL|Invalid URL|builder error"},

	// A name that does not exist, in the words of the C libraries and the systems.
	{final, "o such host|ame or service not known|ame does not resolve|nodename nor servname|ddress associated with hostname|" +
		"no data of the requested type|ould not resolve host|hostname could not be found"},

	// SOCKS: what a proxy refuses, then what it could not do this time.
	{final, "not allowed by ruleset|command not supported|address type not supported|no acceptable authentication methods|" +
		"username/password authentication failed|invalid username/password"},
	{lost, "unknown error general SOCKS|unknown error host unreachable|unknown error network unreachable|" +
		"unknown error connection refused|unknown error TTL expired"},

	{blocked, "CLEARTEXT communication"}, // Android
	{final, "Trust anchor for certification path|ertificate"},
}

// factIn returns what a text tells that no status came with.
func factIn(text string) fact {
	text = beginning(text)
	if f := firstSaid(sayings[:], text); f != unknown {
		return f
	}
	return codeIn(text).stronger(windowsIn(text))
}

// firstSaid returns the fact of the first saying that a text has in it.
func firstSaid(list []saying, text string) fact {
	var p pairs
	p.read(text)
	for i := range list {
		if p.has(text, list[i].texts) {
			return list[i].fact
		}
	}
	return unknown
}

// pairs notes which two bytes follow each other in a text, by a hash of both. Most
// of what is looked for is ruled out by it, much cheaper than by a search. Sayings are
// found as they stand, in capitals and signs: they are what a program prints. What
// people write is compared as [Words].
type pairs [32]uint64

func (p *pairs) read(text string) {
	for i := 1; i < len(text); i++ {
		h := pairHash(text[i-1], text[i])
		p[h/64] |= 1 << (h % 64)
	}
}

func pairHash(a, b byte) uint { return (uint(a)*31 + uint(b)) % 2048 }

// has reports whether a text, which was read, has one of some texts with bars
// between them in it.
func (p *pairs) has(text, texts string) bool {
next:
	for more := true; more; {
		var one string
		one, texts, more = strings.Cut(texts, "|")
		for i := 1; i < len(one); i++ {
			if h := pairHash(one[i-1], one[i]); p[h/64]&(1<<(h%64)) == 0 {
				continue next
			}
		}
		if strings.Contains(text, one) {
			return true
		}
	}
	return false
}

// refusals are the reasons with which an HTTP proxy declines a CONNECT for good.
const refusals = "|Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Not Implemented|"

// proxyIn returns what a proxy answered instead of connecting. It is the proxy that
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
		return unknown
	}
	said := text
	if at >= 0 {
		said = text[at+len(`": `):]
	}
	if said != "" && strings.Contains(refusals, "|"+said+"|") {
		return final
	}
	return unknown
}

// windowsIn returns what an error number of Windows means that a text names, as
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
	return unknown
}

// windowsError returns what an error number of Windows means. Other systems have
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
	return unknown
}
