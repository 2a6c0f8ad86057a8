package stream_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

func TestMiss(t *testing.T) {
	files, _ := filepath.Glob("/work/shared/recordings/*.sse")
	H, M := 0, 0
	for _, f := range files {
		c, _ := os.ReadFile(f)
		r := provider.Find("", "").NewReader()
		hit, miss := 0, 0
		for len(c) > 0 {
			var ev sse.Event
			var s provider.Signal
			if n := r.Again(c, &ev, &s); n > 0 {
				hit++
				c = c[n:]
				continue
			}
			miss++
			var d sse.Decoder
			i, l := bytes.Index(c, []byte("\n\n")), 2
			if j := bytes.Index(c, []byte("\r\n\r\n")); i < 0 || j >= 0 && j < i {
				i, l = j, 4
			}
			if i < 0 {
				break
			}
			raw := c[:i+l]
			d.Feed(raw, func(e sse.Event) { r.Read(e); r.Learn(raw, e) })
			c = c[i+l:]
		}
		H += hit
		M += miss
		fmt.Println(hit, miss, filepath.Base(f))
	}
	fmt.Println(H, M)
}
