package retryhttp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
)

// The failures here are real: of Go's own client, met with servers that do what the
// name of the case says. Texts that somebody typed would prove that they can be
// found, not that anybody sends them.

// listen serves each connection to a listener of its own, and gives its address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// answering reads a request's head and answers with text.
func answering(text string) func(net.Conn) {
	return func(c net.Conn) {
		readHead(c)
		_, _ = io.WriteString(c, text)
	}
}

// readHead reads as far as the blank line after a request's head.
func readHead(c net.Conn) {
	var head []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if _, err := c.Read(one); err != nil {
			return
		}
		head = append(head, one[0])
	}
}

// reset has the kernel send a reset rather than an end.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// certificate makes one that signs itself.
func certificate(t *testing.T, host string, from, to time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, DNSNames: []string{host},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// secure serves TLS.
func secure(config *tls.Config, serve func(*tls.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		over := tls.Server(c, config)
		if over.HandshakeContext(context.Background()) == nil {
			serve(over)
		}
	}
}

// alert answers a TLS greeting with an alert.
func alert(code byte) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1<<10))
		_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, code})
	}
}

// frame is a frame of HTTP/2.
func frame(kind byte, flags byte, id uint32, payload ...byte) []byte {
	f := []byte{0, 0, byte(len(payload)), kind, flags}
	f = binary.BigEndian.AppendUint32(f, id)
	return append(f, payload...)
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// speakHTTP2 waits for a request and writes frames in answer to it; nil closes the
// connection.
func speakHTTP2(frames ...[]byte) func(*tls.Conn) {
	return func(c *tls.Conn) {
		_, _ = io.ReadFull(c, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
		_, _ = c.Write(frame(4, 0, 0))
		for head := make([]byte, 9); ; {
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
			_, _ = io.CopyN(io.Discard, c, length)
			if head[3] == 1 { // HEADERS
				break
			}
		}
		for _, f := range frames {
			if f == nil {
				_ = c.Close()
				return
			}
			_, _ = c.Write(f)
		}
		_, _ = io.Copy(io.Discard, c)
	}
}

// socks is a SOCKS5 proxy that answers each request for a connection with a code.
func socks(code byte) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 16)) // the greeting
		_, _ = c.Write([]byte{5, 0})
		_, _ = c.Read(make([]byte, 512))
		_, _ = c.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
	}
}

// through is a client's transport that uses a proxy.
func through(address string) *http.Transport {
	return &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(address) }}
}

// fetch makes a request, reads its body, and gives the error that came of it.
func fetch(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

func TestRealFailures(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good, trusted := certificate(t, "127.0.0.1", now.Add(-time.Hour), now.Add(time.Hour))
	expired, trustedExpired := certificate(t, "127.0.0.1", now.Add(-2*time.Hour), now.Add(-time.Hour))
	other, trustedOther := certificate(t, "other.example", now.Add(-time.Hour), now.Add(time.Hour))
	closed := listen(t, func(net.Conn) {})
	refused, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, refused.Close())

	trusting := func(pool *x509.CertPool, protocols ...string) *http.Transport {
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, NextProtos: protocols}, ForceAttemptHTTP2: len(protocols) > 0}
	}
	plain := func(serve func(net.Conn)) func(*testing.T) (*http.Transport, string) {
		return func(t *testing.T) (*http.Transport, string) { return &http.Transport{}, "http://" + listen(t, serve) }
	}
	overTLS := func(serve func(net.Conn)) func(*testing.T) (*http.Transport, string) {
		return func(t *testing.T) (*http.Transport, string) { return trusting(trusted), "https://" + listen(t, serve) }
	}
	badCertificate := func(cert tls.Certificate, pool *x509.CertPool) func(*testing.T) (*http.Transport, string) {
		return func(t *testing.T) (*http.Transport, string) {
			return trusting(pool), "https://" + listen(t, secure(&tls.Config{Certificates: []tls.Certificate{cert}}, func(*tls.Conn) {}))
		}
	}
	http2 := func(frames ...[]byte) func(*testing.T) (*http.Transport, string) {
		return func(t *testing.T) (*http.Transport, string) {
			config := &tls.Config{Certificates: []tls.Certificate{good}, NextProtos: []string{"h2"}}
			return trusting(trusted, "h2"), "https://" + listen(t, secure(config, speakHTTP2(frames...)))
		}
	}
	proxy := func(scheme string, serve func(net.Conn)) func(*testing.T) (*http.Transport, string) {
		return func(t *testing.T) (*http.Transport, string) {
			return through(scheme + "://" + listen(t, serve)), "https://api.example.com/v1/messages"
		}
	}
	handled := func(handler http.HandlerFunc) func(*testing.T) (*http.Transport, string) {
		return func(t *testing.T) (*http.Transport, string) {
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			return &http.Transport{}, server.URL
		}
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	chunked := func(body string) func(*testing.T) (*http.Transport, string) {
		return plain(answering(head + "Transfer-Encoding: chunked\r\n\r\n" + body))
	}
	opening := frame(1, 4, 1, 0x88) // HEADERS: ":status: 200"

	const (
		again = iota // known to pass
		never
		maybe // presumed to pass
	)
	for _, tt := range []struct {
		name string
		make func(*testing.T) (*http.Transport, string)
		kind failure.Kind
		want int
	}{
		// The connection.
		{"refused", func(*testing.T) (*http.Transport, string) {
			return &http.Transport{}, "http://" + refused.Addr().String()
		}, failure.Network, again},
		{"closed at once", func(*testing.T) (*http.Transport, string) { return &http.Transport{}, "http://" + closed }, failure.Network, again},
		{"reset before the head", plain(func(c net.Conn) { readHead(c); reset(c) }), failure.Network, again},
		{"reset in the body", plain(func(c net.Conn) {
			readHead(c)
			_, _ = io.WriteString(c, head+"Content-Length: 100\r\n\r\ndata: x")
			reset(c)
		}), failure.Network, again},
		{"ended in the body", plain(answering(head + "Content-Length: 100\r\n\r\ndata: x")), failure.Network, again},
		{"no such host", func(*testing.T) (*http.Transport, string) {
			return &http.Transport{}, "http://" + strings.Repeat("a", 64) + ".invalid" // no name server is asked
		}, failure.Network, never},
		{"no such scheme", func(*testing.T) (*http.Transport, string) { return &http.Transport{}, "gopher://127.0.0.1" }, failure.Network, never},
		{"no such port", func(*testing.T) (*http.Transport, string) { return &http.Transport{}, "http://127.0.0.1:99999" }, failure.Network, never},

		// The HTTP of it.
		{"a chunk's length damaged", chunked("4\r\nabcd\r\nzz\r\nabc"), failure.Network, again},
		{"a chunk's end damaged", chunked("4\r\nabcdXX4\r\nabcd\r\n"), failure.Network, again},
		{"a chunk too large", chunked("fffffffffffffffff\r\nabcd"), failure.Network, again},
		{"chunks cut", chunked("40\r\nabcd"), failure.Network, again},
		{"gzip damaged", plain(answering(head + "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + strings.Repeat("x", 20))), failure.Network, again},
		{"no HTTP", plain(func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9\r\n"); readHead(c) }), failure.Network, maybe},
		{"HTTP/2 to HTTP/1", plain(func(c net.Conn) { readHead(c); _, _ = c.Write(frame(4, 0, 0)) }), failure.Network, never},
		// Over HTTP/1, Go reports it as the same unexpected EOF as a cut.
		{"a head without end", func(t *testing.T) (*http.Transport, string) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i := range 40 {
					w.Header().Set("X-Long-"+strconv.Itoa(i), strings.Repeat("x", 100))
				}
			}))
			server.EnableHTTP2 = true
			server.StartTLS()
			t.Cleanup(server.Close)
			transport := server.Client().Transport.(*http.Transport).Clone()
			transport.MaxResponseHeaderBytes = 1 << 12
			return transport, server.URL
		}, failure.Network, never},
		{"redirects in a ring", handled(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
		}), failure.Network, never},

		// TLS.
		{"nobody signed", badCertificate(good, x509.NewCertPool()), failure.Network, never},
		{"expired", badCertificate(expired, trustedExpired), failure.Network, never},
		{"another's name", badCertificate(other, trustedOther), failure.Network, never},
		{"https to http", overTLS(func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}), failure.Network, never},
		{"https to something else", overTLS(func(c net.Conn) {
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9\r\n")
			_, _ = io.Copy(io.Discard, c)
		}), failure.Network, never},
		{"http to TLS", plain(func(c net.Conn) { readHead(c); _, _ = c.Write([]byte{21, 3, 1, 0, 2, 2, 22}) }), failure.Network, never},
		{"no handshake", overTLS(alert(40)), failure.Network, never},
		{"no common version", overTLS(alert(70)), failure.Network, never},
		{"no such name there", overTLS(alert(112)), failure.Network, never},
		{"the server's TLS fails", overTLS(alert(80)), failure.Network, again},
		{"reset in the handshake", overTLS(func(c net.Conn) { _, _ = c.Read(make([]byte, 64)); reset(c) }), failure.Network, again},
		{"a record damaged", func(t *testing.T) (*http.Transport, string) {
			return trusting(trusted), "https://" + damaging(t, good)
		}, failure.Network, again},
		{"only HTTP/2 there", func(t *testing.T) (*http.Transport, string) {
			config := &tls.Config{Certificates: []tls.Certificate{good}, NextProtos: []string{"h2"}}
			return trusting(trusted), "https://" + listen(t, secure(config, func(c *tls.Conn) {
				readHead(c) // no preface of HTTP/2
				_, _ = c.Write(frame(4, 0, 0))
				_, _ = c.Write(frame(7, 0, 0, append(number(0), number(1)...)...))
			}))
		}, failure.Network, never},

		// HTTP/2.
		{"NO_ERROR", http2(opening, frame(3, 0, 1, number(0)...)), failure.Network, again},
		{"PROTOCOL_ERROR", http2(opening, frame(3, 0, 1, number(1)...)), failure.Network, again},
		{"INTERNAL_ERROR in the body", http2(opening, frame(0, 0, 1, 'x'), frame(3, 0, 1, number(2)...)), failure.Network, again},
		{"FLOW_CONTROL_ERROR", http2(opening, frame(3, 0, 1, number(3)...)), failure.Network, again},
		{"STREAM_CLOSED", http2(opening, frame(3, 0, 1, number(5)...)), failure.Network, again},
		{"CANCEL", http2(opening, frame(3, 0, 1, number(8)...)), failure.Network, again},
		{"COMPRESSION_ERROR", http2(opening, frame(3, 0, 1, number(9)...)), failure.Network, again},
		{"ENHANCE_YOUR_CALM", http2(opening, frame(3, 0, 1, number(11)...)), failure.Network, again},
		{"an error without a name", http2(opening, frame(3, 0, 1, number(99)...)), failure.Network, again},
		{"HTTP_1_1_REQUIRED", http2(opening, frame(3, 0, 1, number(13)...)), failure.Network, never},
		{"INADEQUATE_SECURITY", http2(opening, frame(3, 0, 1, number(12)...)), failure.Network, never},
		{"GOAWAY that speaks of a quota", http2(opening, frame(0, 0, 1, 'x'), frame(7, 0, 0, append(append(number(1), number(0)...), "insufficient_quota: invalid api key"...)...), nil), failure.Network, again},
		{"a frame out of order", http2(opening, frame(9, 0, 1, 'x')), failure.Network, again},

		// Proxies.
		{"SOCKS: general failure", proxy("socks5", socks(1)), failure.Network, again},
		{"SOCKS: not allowed", proxy("socks5", socks(2)), failure.Network, never},
		{"SOCKS: network unreachable", proxy("socks5", socks(3)), failure.Network, again},
		{"SOCKS: host unreachable", proxy("socks5", socks(4)), failure.Network, again},
		{"SOCKS: refused", proxy("socks5", socks(5)), failure.Network, again},
		{"SOCKS: TTL expired", proxy("socks5", socks(6)), failure.Network, again},
		{"SOCKS: no such command", proxy("socks5", socks(7)), failure.Network, never},
		{"SOCKS: no such address", proxy("socks5", socks(8)), failure.Network, never},
		{"SOCKS: wants a password", proxy("socks5", func(c net.Conn) { _, _ = c.Read(make([]byte, 16)); _, _ = c.Write([]byte{5, 255}) }), failure.Network, never},
		{"SOCKS: not there", func(*testing.T) (*http.Transport, string) {
			return through("socks5://" + refused.Addr().String()), "https://api.example.com"
		}, failure.Network, again},
		{"CONNECT: not there", func(*testing.T) (*http.Transport, string) {
			return through("http://" + refused.Addr().String()), "https://api.example.com"
		}, failure.Network, again},
		{"CONNECT: 407", proxy("http", answering("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")), failure.Network, never},
		{"CONNECT: 403", proxy("http", answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")), failure.Network, never},
		{"CONNECT: 401", proxy("http", answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")), failure.Network, never},
		{"CONNECT: 502", proxy("http", answering("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")), failure.Server, again},
		{"CONNECT: 503", proxy("http", answering("HTTP/1.1 503 Unable to connect\r\nContent-Length: 0\r\n\r\n")), failure.Network, again},
		{"CONNECT: words of its own", proxy("http", answering("HTTP/1.1 599 Eek\r\nContent-Length: 0\r\n\r\n")), failure.Network, maybe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			transport, address := tt.make(t)
			defer transport.CloseIdleConnections()
			err := fetch(t.Context(), &http.Client{Transport: transport}, address)
			require.Error(t, err)
			judge := func(f failure.Failure) {
				t.Helper()
				assert.Equal(t, tt.kind, f.Kind, "%v", err)
				assert.Equal(t, tt.want != never, f.Retryable, "%v", err)
				assert.Equal(t, tt.want == maybe, f.Presumed, "%v", err)
				assert.NotEmpty(t, f.Detail)
			}
			judge(failure.ClassifyAttempt(err))
			if wrapped, ok := err.(*url.Error); ok { // as a RoundTripper sees it
				judge(failure.ClassifyAttempt(wrapped.Err))
			}
		})
	}
}

// damaging returns the address of a TLS server behind something that damages the
// last record of a response.
func damaging(t *testing.T, cert tls.Certificate) string {
	server := listen(t, secure(&tls.Config{Certificates: []tls.Certificate{cert}}, func(c *tls.Conn) {
		readHead(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: "+strconv.Itoa(1<<10)+"\r\n\r\n")
		_, _ = io.WriteString(c, strings.Repeat("x", 1<<10))
	}))
	return listen(t, func(c net.Conn) {
		up, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		go func() { _, _ = io.Copy(up, c) }()
		for head := make([]byte, 5); ; {
			if _, err := io.ReadFull(up, head); err != nil {
				return
			}
			record := make([]byte, binary.BigEndian.Uint16(head[3:]))
			if _, err := io.ReadFull(up, record); err != nil {
				return
			}
			if len(record) >= 1<<10 && head[0] == 23 {
				record[100] ^= 1
			}
			_, _ = c.Write(append(head[:5:5], record...))
		}
	})
}
