package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/retrystream/retrystream/tools/module"
)

// compressAll writes a .br and a .gz beside each file and prints the sizes.
func compressAll(names ...string) error {
	var group errgroup.Group
	sizes := make([]string, len(names))
	for i, name := range names {
		group.Go(func() error {
			path := filepath.Join(dist, name)
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			br, gz := module.Brotli(raw), module.Gzip(raw)
			if err := os.WriteFile(path+".br", br, 0o644); err != nil {
				return err
			}
			sizes[i] = fmt.Sprintf("%-18s %8.1f KB %8.1f KB gzip %8.1f KB brotli", name, kb(raw), kb(gz), kb(br))
			return os.WriteFile(path+".gz", gz, 0o644)
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

func kb(b []byte) float64 { return float64(len(b)) / 1000 }
