package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
	"golang.org/x/sync/errgroup"
)

// compressAll writes a .br and a .gz beside each file and prints the sizes.
func compressAll(names ...string) error {
	var group errgroup.Group
	sizes := make([]string, len(names))
	for i, name := range names {
		group.Go(func() error {
			raw, err := os.ReadFile(filepath.Join(dist, name))
			if err != nil {
				return err
			}
			br, err := compress(name+".br", raw, func(w io.Writer) io.WriteCloser {
				return brotli.NewWriterLevel(w, brotli.BestCompression)
			})
			if err != nil {
				return err
			}
			gz, err := compress(name+".gz", raw, func(w io.Writer) io.WriteCloser {
				z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)
				return z
			})
			sizes[i] = fmt.Sprintf("%-18s %8.1f KB %8.1f KB gzip %8.1f KB brotli", name, kb(len(raw)), kb(gz), kb(br))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, line := range sizes {
		fmt.Println(line)
	}
	return nil
}

func compress(name string, raw []byte, writer func(io.Writer) io.WriteCloser) (size int, err error) {
	var out bytes.Buffer
	w := writer(&out)
	if _, err := w.Write(raw); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return out.Len(), os.WriteFile(filepath.Join(dist, name), out.Bytes(), 0o644)
}

func kb(n int) float64 { return float64(n) / 1000 }
