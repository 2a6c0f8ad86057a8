package module

import (
	"bytes"
	"compress/gzip"

	"github.com/andybalholm/brotli"
)

// Brotli compresses as hard as brotli can.
func Brotli(raw []byte) []byte {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	// Writing to memory does not fail.
	_, _ = w.Write(raw)
	_ = w.Close()
	return out.Bytes()
}

// Gzip compresses as hard as gzip can.
func Gzip(raw []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(raw)
	_ = w.Close()
	return out.Bytes()
}
