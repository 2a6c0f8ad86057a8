// Package e2e drives the real page, and the Go tests compiled to WebAssembly,
// in a real browser.
//
// One Chromium serves the whole test binary. Every test opens its own tab in
// its own browser context, so cookies, storage, emulation and failures of one
// test never reach another, and tests may run in parallel.
//
// Environment:
//
//	CHROME       the browser to start, instead of the first one found on PATH
//	SCREENSHOTS  the folder for screenshots; without it none are taken
//	SDKS         "write" writes docs/sdks.md
//	WASM_RUN     a -test.run pattern for the Go tests that run in the browser
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// shutdownTimeout bounds the polite close of the browser. After it the process
// is killed.
const shutdownTimeout = 10 * time.Second

// errNoBrowser tells the reader what to do, because a fresh machine has no
// browser and the tests must not pass there by testing nothing.
var errNoBrowser = errors.New("no browser found: install one with `apt-get install chromium`, or name one in the environment variable CHROME")

// shared is the browser of this test binary. TestMain sets it before the first
// test and nothing changes it afterwards.
var shared struct {
	ctx context.Context
	err error
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := moreParallel(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(runWithBrowser(m))
}

// moreParallel runs at least minParallel tests at a time, unless the command
// line says how many: the tests spend their time waiting for retries, not
// computing.
func moreParallel() error {
	const minParallel = 4
	named := false
	flag.Visit(func(f *flag.Flag) { named = named || f.Name == "test.parallel" })
	if named || runtime.GOMAXPROCS(0) >= minParallel {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(minParallel))
}

// runWithBrowser runs the tests between the start and the end of the browser
// and returns the exit code. A profile folder that cannot be removed is a
// failure, so that no machine fills up unnoticed.
func runWithBrowser(m *testing.M) int {
	var stop func() error
	shared.ctx, stop, shared.err = startBrowser()
	code := m.Run()
	if shared.err != nil {
		return code
	}
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "closing the browser:", err)
		return max(code, 1)
	}
	return code
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

// startBrowser starts a headless browser with a fresh profile, prints its
// version, and returns its context and a function that ends it and removes the
// profile.
func startBrowser() (context.Context, func() error, error) {
	path, err := findBrowser(os.Getenv, exec.LookPath)
	if err != nil {
		return nil, nil, err
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
		return nil, nil, fmt.Errorf("starting %s: %w", path, err)
	}
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		kill()
		return nil, nil, fmt.Errorf("asking for the browser's version: %w", err)
	}
	fmt.Println("browser:", version.Product)

	stop := func() error {
		defer kill()
		polite, done := context.WithTimeout(ctx, shutdownTimeout)
		defer done()
		return chromedp.Cancel(polite)
	}
	return ctx, stop, nil
}
