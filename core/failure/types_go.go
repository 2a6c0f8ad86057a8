//go:build !js

package failure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"runtime"
	"strings"
)

// typeFact returns what the type of one error of a chain says. It stays out of the
// browser, where these errors do not exist and these packages would weigh.
func typeFact(err error) fact {
	switch e := err.(type) {
	case *net.DNSError:
		switch {
		case e.IsTimeout:
			return late
		case e.IsNotFound:
			return final
		case e.IsTemporary:
			return lost
		}
		return unclear
	case *net.AddrError, *net.ParseError, net.InvalidAddrError, net.UnknownNetworkError, url.EscapeError, url.InvalidHostError:
		return final
	case *tls.CertificateVerificationError,
		x509.UnknownAuthorityError, x509.HostnameError, x509.CertificateInvalidError, x509.SystemRootsError,
		x509.UnhandledCriticalExtension, x509.InsecureAlgorithmError, x509.ConstraintViolationError:
		return final
	case tls.RecordHeaderError:
		if strings.HasPrefix(e.Msg, "first record") {
			return final // no TLS is spoken there
		}
		return lost
	}
	return errno(err)
}

// requestSayings are what Go's net/http says of a request or a response that its
// own program handles wrongly.
var requestSayings = []saying{
	{invalid, "net/http: invalid |net/http: nil |invalid header field|http: nil Request|http: no Host in request URL|http: Request.|" +
		"http: ContentLength=|http: request body too large|larger than specified content length"},
	{final, "http: no Location header|failed to parse Location header"},
	{bug, "on closed response body|Read on closed Body|concurrent read on response body|RoundTripper implementation ("},
}

// isPanic reports whether an error is a panic that somebody caught and returned.
func isPanic(err error) bool {
	_, ok := errors.AsType[runtime.Error](err)
	return ok
}
