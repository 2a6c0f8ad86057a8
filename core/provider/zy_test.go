package provider

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/sse"
)

func TestZY(t *testing.T) {
	var out []map[string]any
	for _, file := range []string{"../../../shared/reports/responses.json", "/tmp/verd/held.json", "/tmp/verd/held2.json", "/tmp/verd/held3.json", "/tmp/verd/more.json"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var cs []zcase
		if err := json.Unmarshal(raw, &cs); err != nil {
			t.Fatal(err)
		}
		for _, c := range cs {
			url := "https://host.test" + c.Path
			opt := c.Provider
			if opt == "auto" {
				opt = ""
			}
			p := Find(url, opt)
			m := map[string]any{"name": c.Name, "url": url, "option": opt, "stream": c.Stream != nil}
			var f failure.Failure
			if c.Stream != nil {
				r := p.NewReader()
				d := new(sse.Decoder)
				done := false
				for _, ch := range c.Stream {
					d.Feed([]byte(ch), func(ev sse.Event) {
						s := r.Read(ev)
						if s.Failure != nil && !done {
							f = *s.Failure
							done = true
						}
					})
				}
				m["input"] = strings.Join(c.Stream, "")
				m["end"] = c.End
				m["provider"] = r.Provider().ID()
				m["found"] = done
			} else {
				body := []byte(c.Body)
				var s string
				if json.Unmarshal(c.Body, &s) == nil {
					body = []byte(s)
				} else {
					b, _ := json.Marshal(json.RawMessage(c.Body))
					body = b
				}
				m["body"] = string(body)
				m["status_in"] = c.Status
				m["headers"] = c.Headers
				m["provider"] = p.ID()
				h := func(n string) string { return c.Headers[n] }
				res := Response{StatusCode: c.Status, Header: h, Body: body}
				if c.Status >= 200 && c.Status < 300 {
					f, _ = p.NotAStream(res, now)
				} else {
					f = p.Judge(res, now)
				}
			}
			m["kind"], m["retryable"], m["status"], m["presumed"] = f.Kind, f.Retryable, f.StatusCode, f.Presumed
			m["after"] = (f.RetryAfter + time.Millisecond - 1).Milliseconds()
			m["want"] = c.Want
			out = append(out, m)
		}
	}
	b, _ := json.MarshalIndent(out, "", " ")
	os.WriteFile("/tmp/verd/out.json", b, 0o644)
}
