package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// evalTimeout bounds one call of the page, so that a page that hangs ends the
// run with a message.
const evalTimeout = 2 * time.Minute

// chrome is the running browser.
type chrome struct {
	ctx     context.Context
	version string
	stop    func()
}

// startBrowser starts a headless browser with a fresh profile.
func startBrowser(ctx context.Context) (*chrome, error) {
	path, err := findBrowser()
	if err != nil {
		return nil, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-component-update", true),
		// The page collects garbage before each run, so that none pays for
		// another's. A function not called for some collections would lose its
		// code to them, which a page that reads replies does not see.
		chromedp.Flag("js-flags", "--expose-gc --no-flush-bytecode"),
	)
	allocator, release := chromedp.NewExecAllocator(ctx, opts...)
	tab, cancel := chromedp.NewContext(allocator)
	b := &chrome{ctx: tab, stop: func() { cancel(); release() }}
	if err := chromedp.Do(tab); err != nil {
		b.stop()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	version, err := chromedp.CallBrowser(tab, browser.GetVersion, cdp.Empty{})
	if err != nil {
		b.stop()
		return nil, fmt.Errorf("asking for the browser's version: %w", err)
	}
	b.version = strings.ReplaceAll(version.Product, "/", " ")
	return b, nil
}

func findBrowser() (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	if name := os.Getenv("CHROME"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no browser found: run tools/chromium.sh, or name one in the environment variable CHROME")
}

// tab is one page in a process of its own.
type tab struct {
	ctx   context.Context
	close func()
}

// open shows the page at the URL in a new tab.
func (b *chrome) open(url string) (*tab, error) {
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t := &tab{ctx, cancel}
	// The first call binds the life of the tab to its context.
	err := chromedp.Do(ctx)
	if err == nil {
		// Its events would cost time during the runs.
		_, err = chromedp.Call(ctx, network.Disable, cdp.Empty{})
	}
	if err == nil {
		err = chromedp.Do(ctx, chromedp.Navigate(url))
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("opening %s: %w", url, err)
	}
	return t, nil
}

// openBench shows the page with the readers in a new tab, with the module
// loaded.
func (b *chrome) openBench(s *site) (*tab, error) {
	t, err := b.open(s.URL)
	if err != nil {
		return nil, err
	}
	isolated, err := call[bool](t, `() => import("/page.js").then(() => crossOriginIsolated)`)
	if err == nil && !isolated {
		err = errors.New("the page is not isolated, so its clock is too coarse")
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// call calls a function of the page with the arguments and gives what it
// returns, awaited when it is a promise.
func call[T any](t *tab, function string, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, evalTimeout)
	defer cancel()
	texts := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			return *new(T), err
		}
		texts[i] = string(text)
	}
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T]("("+function+")("+strings.Join(texts, ", ")+")", chromedp.EvalAwaitPromise))
	if err != nil {
		err = fmt.Errorf("%s%v: %s", function, args, thrown(err))
	}
	return value, err
}

// thrown gives what a script threw, or the text of any other error.
func thrown(err error) string {
	var exception *chromedp.ExceptionError
	if errors.As(err, &exception) && exception.Exception != nil && exception.Exception.Description != "" {
		return exception.Exception.Description
	}
	return err.Error()
}
