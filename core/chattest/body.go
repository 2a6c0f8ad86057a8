package chattest

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// bodyWriter writes a response body in chunks and stops where the step cuts it.
type bodyWriter struct {
	w   http.ResponseWriter
	ctx context.Context
	// chunk is the most bytes in one flush, 0 for no limit.
	chunk int
	// left is how many bytes come before the cut, -1 for no cut.
	left int
}

func (b *bodyWriter) Write(data []byte) (int, error) {
	written := 0
	for written < len(data) {
		if err := b.ctx.Err(); err != nil {
			return written, err
		}
		rest := data[written:]
		if b.chunk > 0 {
			rest = rest[:min(len(rest), b.chunk)]
		}
		if b.left == 0 {
			return written, errors.Join(b.flush(), errCut)
		}
		if b.left > 0 {
			rest = rest[:min(len(rest), b.left)]
			b.left -= len(rest)
		}
		n, err := b.w.Write(rest)
		written += n
		if err != nil {
			return written, err
		}
		if b.chunk > 0 {
			if err := b.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (b *bodyWriter) flush() error { return http.NewResponseController(b.w).Flush() }

// cut resets the connection under a response.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 has no connection to take over; there this resets the stream.
		panic(http.ErrAbortHandler)
	}
	tcp := conn
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
		tcp = inner.NetConn()
	}
	drain(tcp)
	if l, ok := tcp.(interface{ SetLinger(int) error }); ok {
		// Closing without lingering sends RST in place of FIN.
		_ = l.SetLinger(0)
	}
	_ = tcp.Close()
}
