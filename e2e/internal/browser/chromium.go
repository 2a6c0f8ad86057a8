package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// shutdownTimeout is how long the browser is asked to close. After it the process is
// killed.
const shutdownTimeout = 30 * time.Second

// errNoBrowser tells the reader what to do, because a fresh machine has no
// browser and the tests must not pass there by testing nothing.
var errNoBrowser = errors.New("no browser found: install one with `apt-get install chromium`, or name one in the environment variable CHROME")

// chromium drives Chromium by the DevTools protocol.
type chromium struct {
	ctx     context.Context
	version string
	kill    func()
}

// findBrowser returns the browser to start: the value of CHROME, or the first
// known name on the path. It returns errNoBrowser when there is none.
func findBrowser(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if name := getenv("CHROME"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

// startChromium starts a headless Chromium with a fresh profile.
func startChromium() (Browser, error) {
	path, err := findBrowser(os.Getenv, exec.LookPath)
	if err != nil {
		return nil, err
	}
	// chromedp makes and removes the profile folder itself, and adds
	// --no-sandbox when, and only when, the tests run as root.
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(allocator)
	kill := func() {
		cancel()
		release()
	}
	if err := chromedp.Do(ctx); err != nil {
		kill()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		kill()
		return nil, fmt.Errorf("asking for the browser's version: %w", err)
	}
	return &chromium{ctx: ctx, version: version.Product, kill: kill}, nil
}

func (c *chromium) Version() string { return c.version }

func (c *chromium) Close() error {
	defer c.kill()
	polite, done := context.WithTimeout(c.ctx, shutdownTimeout)
	defer done()
	return chromedp.Cancel(polite)
}

// NewPage makes a tab by way of the context of the browser or of another tab.
func (c *chromium) NewPage(_ context.Context, beside Page, log func(string, ...any)) (Page, error) {
	p := &chromiumPage{problems: &problems{}, log: log}
	parent, options := c.ctx, []chromedp.ContextOption{chromedp.WithListener(p.listen)}
	if beside != nil {
		parent = beside.(*chromiumPage).ctx
	} else {
		options = append(options, chromedp.WithNewBrowserContext())
	}
	ctx, cancel := chromedp.NewContext(parent, options...)
	// The first call binds the life of the tab to its context, so it must be the one
	// that has no end.
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, err
	}
	p.ctx, p.close = ctx, sync.OnceFunc(cancel)
	return p, nil
}
