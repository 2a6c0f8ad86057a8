package failure

import "strings"

// codes are the names that programs in JavaScript give their errors: of the
// system (ECONNRESET), of undici (UND_ERR_*), of Node's HTTP parser (HPE_*) and
// its OpenSSL (ERR_SSL_*, and the reasons of a certificate), of zlib (Z_*), and of
// Chromium, which Electron passes on (net::ERR_*). The first row that has a name
// decides; an asterisk stands for any beginning or end.
//
// Sources: the documentation of Node's errors and of c-ares, undici's errors,
// llhttp's, OpenSSL's x509_vfy.h, Chromium's net_error_list.h.
var codes = [...]saying{
	{stopped, "ABORT_ERR|UND_ERR_ABORTED|ERR_ABORTED|ERR_CANCELED"},
	{blocked, "ERR_BLOCKED_*|ERR_CLEARTEXT_NOT_PERMITTED"},
	{offline, "ERR_INTERNET_DISCONNECTED"},
	{late, "ETIMEDOUT|ETIMEOUT|ESOCKETTIMEDOUT|UND_ERR_*_TIMEOUT|ERR_*TIMED_OUT|ERR_*_TIMEOUT"},

	// What somebody's program does wrong.
	{bug, "ERR_INVALID_ARG*|ERR_INVALID_THIS|ERR_INVALID_STATE|ERR_MISSING_ARGS|ERR_OUT_OF_RANGE|" +
		"UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED|UND_ERR_REQ_*"},

	// Damage, under names that otherwise mean a final failure.
	{lost, "*BAD_RECORD_MAC*|ERR_SSL_*INTERNAL_ERROR|ERR_SSL_*DECRYPT*|ERR_SSL_*DECODE_ERROR|" +
		"ERR_SSL_*DECOMPRESSION*|*UNEXPECTED_EOF*|ERR_SSL_*UNEXPECTED_MESSAGE|ERR_SSL_VERSION_INTERFERENCE|" +
		"ERR_INVALID_CHUNKED_ENCODING"},

	// Names that do not exist; addresses, certificates and heads that are wrong.
	{final, "ENOTFOUND|ENODATA|EBADNAME|EAI_NONAME|EAI_NODATA|EAI_ADDRFAMILY|ERR_NAME_NOT_RESOLVED|ERR_ICANN_*|" +
		"EACCES|EPERM|EINVAL|EAFNOSUPPORT|EPROTONOSUPPORT|" +
		"CERT*|ERR_CERT_*|ERR_*_CERT*|ERR_SSL_*|ERR_NO_SSL_*|ERR_ALPN_*|ERR_TLS_CERT_*|ERR_INSECURE_RESPONSE|ERR_CLIENT_AUTH_*|" +
		"DEPTH_ZERO_*|SELF_SIGNED_*|UNABLE_TO_GET_*|UNABLE_TO_VERIFY_*|UNABLE_TO_DECRYPT_*|UNABLE_TO_DECODE_*|" +
		"HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|" +
		"ERR_INVALID_*|ERR_UNSAFE_*|ERR_UNKNOWN_URL_SCHEME|ERR_DISALLOWED_*|ERR_UNSUPPORTED_*|ERR_ADDRESS_INVALID|" +
		"ERR_TOO_MANY_REDIRECTS|ERR_FR_TOO_MANY_REDIRECTS|ERR_FILE_*|ERR_UPLOAD_*|ERR_ACCESS_DENIED|ERR_NETWORK_ACCESS_DENIED|ERR_NOT_IMPLEMENTED|" +
		"ERR_PROXY_AUTH_*|ERR_*_PROXY_AUTH*|ERR_MANDATORY_*|ERR_NO_SUPPORTED_PROXIES|" +
		"ERR_HTTP_1_1_REQUIRED|ERR_HTTP2_INADEQUATE_*|" +
		"ERR_RESPONSE_HEADERS_*|UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW|UND_ERR_RES_EXCEEDED_MAX_SIZE"},

	// No HTTP at all: another protocol, or what was left in a connection.
	{unclear, "HPE_INVALID_CONSTANT|HPE_INVALID_VERSION"},

	{lost, "ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN|ENETRESET|" +
		"ENOTCONN|ESHUTDOWN|EADDRNOTAVAIL|EADDRINUSE|EMFILE|ENFILE|ENOBUFS|ENOMEM|EAGAIN|EPROTO|" +
		"EAI_*|ESERVFAIL|EREFUSED|UND_ERR_*|HPE_*|Z_*|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CLOSED*|ERR_HTTP2_*|ERR_QUIC_*|" +
		"ERR_CONNECTION_*|ERR_NETWORK*|ERR_EMPTY_RESPONSE|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE_*|ERR_CONTENT_DECODING_FAILED"},
}

// codeIn returns what the codes in a text say. Those of a chain of causes stand side
// by side: "fetch failed (ECONNREFUSED: ...)".
func codeIn(text string) fact {
	f := unknown
	for i := 0; i < len(text); {
		if !isCode(text[i]) && !isLower(text[i]) {
			i++
			continue
		}
		start, upper := i, true
		for i < len(text) && (isCode(text[i]) || isLower(text[i])) {
			upper = upper && isCode(text[i])
			i++
		}
		if name := text[start:i]; upper && len(name) > 4 && isUpper(name[0]) {
			found := codeFact(name)
			if found == unknown && strings.HasPrefix(name, "ERR_") && strings.HasSuffix(text[:start], "net::") {
				found = lost
			}
			f = f.stronger(found)
		}
	}
	return f
}

// codeFact returns what one code means.
func codeFact(name string) fact {
	for i := range codes {
		for names, more := codes[i].texts, true; more; {
			var pattern string
			pattern, names, more = strings.Cut(names, "|")
			if fits(name, pattern) {
				return codes[i].fact
			}
		}
	}
	return unknown
}

// fits reports whether a name is what a pattern describes, whose asterisks, two at
// most, stand for any text.
func fits(name, pattern string) bool {
	start, rest, open := strings.Cut(pattern, "*")
	if !open {
		return name == pattern
	}
	name, ok := strings.CutPrefix(name, start)
	if !ok {
		return false
	}
	if middle, end, two := strings.Cut(rest, "*"); two {
		_, after, found := strings.Cut(name, middle)
		return found && strings.HasSuffix(after, end)
	}
	return strings.HasSuffix(name, rest)
}

func isCode(c byte) bool { return isUpper(c) || isDigit(c) || c == '_' }
