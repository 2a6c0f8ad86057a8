package main

import (
	"encoding/json"
	"os"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/chromedp"
)

// profiled runs f and writes what the page's main thread did meanwhile to a file
// that DevTools' performance panel opens. An empty path means no profile.
func (t *tab) profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	for _, command := range []func() error{
		func() error { _, err := chromedp.Call(t.ctx, profiler.Enable, cdp.Empty{}); return err },
		func() error {
			_, err := chromedp.Call(t.ctx, profiler.SetSamplingInterval, profiler.SetSamplingIntervalParams{Interval: 100})
			return err
		},
		func() error { _, err := chromedp.Call(t.ctx, profiler.Start, cdp.Empty{}); return err },
		f,
	} {
		if err := command(); err != nil {
			return err
		}
	}
	stopped, err := chromedp.Call(t.ctx, profiler.Stop, cdp.Empty{})
	if err != nil {
		return err
	}
	data, err := json.Marshal(stopped.Profile)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
