package sdk_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// sdkCell is what the page is told of one cell of the table: see
// page/main.ts.
type sdkCell struct {
	SDK       string         `json:"sdk"`
	Use       string         `json:"use"`
	URL       string         `json:"url"`
	Options   map[string]any `json:"options"`
	TimeoutMs int            `json:"timeoutMs,omitempty"`
	Abort     string         `json:"abort,omitempty"`
	BoundMs   int            `json:"boundMs"`
}

// sdkOutcome is what came of it.
type sdkOutcome struct {
	Text  string  `json:"text"`
	Final *string `json:"final"`
	Error *struct {
		Name    string `json:"name"`
		Message string `json:"message"`
		Status  int    `json:"status"`
	} `json:"error"`
	Hung bool `json:"hung"`
	// Retries are the failures that onRetry told of.
	Retries []failure.Kind `json:"retries"`
	// Requests is how many the provider saw; the page does not know.
	Requests int `json:"-"`
}

// TestSDKs uses the providers' own SDKs as their users do, without retrystream
// and with it, and lets the provider fail in each of the ways there are. What
// comes of it must be what docs/sdks.md says; with retrystream it must also be
// what troubles says.
func TestSDKs(t *testing.T) {
	// Not in parallel: SDKs have clocks of their own, which a busy machine lets run out.
	project.Built(t)
	script := bundleSDKs(t)
	page := library.Page(t, library.Policy, map[string]http.HandlerFunc{
		"/page.js": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(script)
		},
	})
	tb := browser.Open(t, site.New(t, page).URL)
	tb.WaitFor(`globalThis.tests`)
	measured := map[string]sdkOutcome{}
	all := 0
	for _, problem := range troubles {
		// All SDKs at once, but one trouble after the other, so that no clock runs
		// while the page has too much to do.
		t.Run(problem.name, func(t *testing.T) {
			all++
			measureSDKs(t, tb, problem, measured)
		})
	}
	t.Run("rest", func(t *testing.T) { testSDKRest(t, tb) })
	t.Run("timeout", func(t *testing.T) { testSDKTimeout(t, tb) })
	if !t.Failed() && all == len(troubles) { // and none was left out by -run
		checkSDKDocs(t, measured)
	}
}

// testSDKRest asks for the rest of a reply, which breaks off again, or is gone.
func testSDKRest(t *testing.T, tb *browser.Tab) {
	t.Helper()
	type test struct {
		use      sdkUse
		rest     chattest.Step
		want     sdkResult
		provider *site.Site
	}
	var tests []test
	var cells []sdkCell
	for _, use := range sdks[0].uses {
		if !use.background {
			continue
		}
		for _, tt := range []test{
			{use: use, rest: chattest.EndEarly(2), want: sdkResult{
				text: "all", requests: 3, kinds: []failure.Kind{failure.Network, failure.Truncated},
			}},
			{use: use, rest: chattest.Expired(), want: sdkResult{
				text: "some", err: "APIError", requests: 2, kinds: []failure.Kind{failure.Network},
			}},
		} {
			tt.provider = newSDKProvider(t, use, trouble{stream: func(u sdkUse, shown <-chan struct{}) []chattest.Step {
				return []chattest.Step{chattest.CutAfterEvents(u.some(), u.options(chattest.Until(shown))...), tt.rest}
			}})
			tests = append(tests, tt)
			cells = append(cells, sdkCell{
				SDK: sdks[0].name, Use: use.name, URL: tt.provider.URL, BoundMs: 25_000,
				Options: map[string]any{"provider": "openai", "delays": map[string]any{"initialMs": 20}},
			})
		}
	}
	outcomes := browser.Call[[]sdkOutcome](tb, "run", cells)
	for i, tt := range tests {
		outcomes[i].Requests = len(sdkRequests(tt.provider))
		problem := trouble{want: func(sdk, sdkUse) sdkResult { return tt.want }}
		problem.check(t, sdks[0], tt.use, outcomes[i], "")
	}
}

// testSDKTimeout: what docs/sdks.md says of timeouts that run during the waits.
func testSDKTimeout(t *testing.T, tb *browser.Tab) {
	t.Helper()
	asksToWait := trouble{stream: rateLimit("60")}
	var cells []sdkCell
	for _, s := range sdks[:3] {
		cells = append(cells, sdkCell{
			SDK: s.name, Use: s.uses[0].name, URL: newSDKProvider(t, s.uses[0], asksToWait).URL,
			Options: map[string]any{}, TimeoutMs: 500, BoundMs: 25_000,
		})
	}
	outcomes := browser.Call[[]sdkOutcome](tb, "run", cells)
	for i, want := range []string{"APIConnectionTimeoutError", "APIConnectionTimeoutError", "AbortError"} {
		assert.True(t, strings.HasPrefix(outcomes[i].err(), want), outcomes[i].err())
	}
}

// bundleSDKs makes one script of the page and the packages it uses.
func bundleSDKs(t *testing.T) []byte {
	t.Helper()
	esbuild := "node_modules/.bin/esbuild"
	if _, err := os.Stat(esbuild); err != nil {
		t.Fatalf("the SDKs are not installed (run `make e2e/sdk/node_modules`): %v", err)
	}
	cmd := exec.CommandContext(t.Context(), esbuild, "page/main.ts", "--bundle", "--format=esm", "--target=es2022",
		"--keep-names", "--alias:retrystream=/web/dist/retrystream.js", "--external:/web/dist/*", "--log-level=warning")
	script, err := cmd.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("bundling: %v\n%s", err, failed.Stderr)
	}
	require.NoError(t, err)
	return script
}

// measureSDKs lets a trouble come over every use of every SDK, and adds what came
// of it to measured, by sdkKey.
func measureSDKs(t *testing.T, tb *browser.Tab, problem trouble, measured map[string]sdkOutcome) {
	t.Helper()
	type measurement struct {
		sdk      sdk
		use      sdkUse
		with     bool
		provider *site.Site
	}
	var cells []sdkCell
	var all []measurement
	for _, s := range sdks {
		for _, use := range s.uses {
			if use.whole && problem.whole == nil {
				continue
			}
			for _, with := range []bool{false, true} {
				provider := newSDKProvider(t, use, problem)
				cell := sdkCell{SDK: s.name, Use: use.name, URL: provider.URL, Abort: problem.abort, BoundMs: 25_000}
				if with {
					cell.Options = map[string]any{"provider": use.api.provider, "delays": map[string]any{"initialMs": 20}}
					if problem.silent {
						// Longer than an SDK's first use takes on a busy machine: the AI SDK
						// takes an error that comes in one chunk with the text for none.
						cell.Options["silenceTimeoutMs"] = 4000
					}
				} else if problem.silent {
					// The SDK's own clock has run out long before.
					cell.TimeoutMs, cell.BoundMs = 2000, 5000
				}
				cells = append(cells, cell)
				all = append(all, measurement{s, use, with, provider})
			}
		}
	}
	outcomes := browser.Call[[]sdkOutcome](tb, "run", cells)
	require.Len(t, outcomes, len(all))
	for i, m := range all {
		if problem.abort == "shown" {
			m.provider.WaitForGone(t, 1)
		}
		requests := sdkRequests(m.provider)
		outcomes[i].Requests = len(requests)
		measured[sdkKey(m.sdk.name, m.use.name, problem.name, m.with)] = outcomes[i]
		if m.with {
			// The one before is the same without retrystream.
			problem.check(t, m.sdk, m.use, outcomes[i], outcomes[i-1].err())
			if problem.delay > 0 {
				require.Len(t, requests, 2)
				assert.GreaterOrEqual(t, requests[1].Time.Sub(requests[0].Time), problem.delay)
			}
		}
	}
}

func sdkKey(sdk, use, trouble string, with bool) string {
	return fmt.Sprint(strings.Join([]string{sdk, use, trouble}, "\n"), with)
}

// newSDKProvider serves a use's fake, which has one trouble and then none, and
// what the page tells and asks of it.
func newSDKProvider(t *testing.T, use sdkUse, problem trouble) *site.Site {
	t.Helper()
	shown, answered := make(chan struct{}), make(chan struct{})
	steps := problem.stream
	if use.whole {
		steps = problem.whole
	}
	script := chattest.NewScript(steps(use, shown)...)
	reply := use.reply()
	script.Then = &reply
	script.AllowOrigin = "*"
	script.ExposeHeaders = []string{"Retry-After"}
	var first, once sync.Once
	mux := http.NewServeMux()
	mux.Handle("/", use.api.fake(script))
	allow := func(handle func(*http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			handle(r)
		}
	}
	mux.Handle("/page/shown", allow(func(*http.Request) { once.Do(func() { close(shown) }) }))
	mux.Handle("/page/answered", allow(func(r *http.Request) {
		select {
		case <-answered:
		case <-r.Context().Done():
		}
	}))
	return site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r)
		if r.Method == http.MethodPost {
			first.Do(func() { close(answered) })
		}
	}))
}

// sdkRequests gives the requests for a reply.
func sdkRequests(provider *site.Site) []chattest.Request {
	return slices.DeleteFunc(provider.Requests(), func(r chattest.Request) bool { return strings.HasPrefix(r.Path, "/page/") })
}

// sdkResult is what should come of a use with retrystream.
type sdkResult struct {
	// text: "all", "some" or "".
	text string
	// err is part of "name: message" of the error; empty for none.
	err      string
	requests int
	kinds    []failure.Kind
}

// textOf tells how much of the reply was shown. What the SDK put together itself
// must be the same.
func (u sdkUse) textOf(o sdkOutcome) string {
	whole := u.shown()
	switch {
	case o.Final != nil && *o.Final != o.Text:
		return "wrong"
	case o.Text == "":
		return ""
	case o.Text == whole:
		return "all"
	case strings.HasPrefix(whole, o.Text):
		return "some"
	}
	return "wrong"
}

func (o sdkOutcome) err() string {
	if o.Error == nil {
		return ""
	}
	return o.Error.Name + ": " + o.Error.Message
}

// check holds what came of a use with retrystream to what should; without is the
// error that there is without it.
func (p trouble) check(t *testing.T, s sdk, use sdkUse, got sdkOutcome, without string) {
	t.Helper()
	want := p.want(s, use)
	about := fmt.Sprintf("%s: %q, %s", use.name, got.Text, got.err())
	assert.False(t, got.Hung, about)
	assert.Equal(t, want.text, use.textOf(got), about)
	switch {
	case p.same:
		assert.Equal(t, without, got.err(), about)
	case want.err == "":
		assert.Empty(t, got.err(), about)
	default:
		assert.Contains(t, got.err(), want.err, about)
	}
	assert.Equal(t, want.requests, got.Requests, about)
	assert.Equal(t, append([]failure.Kind{}, want.kinds...), got.Retries, about)
}
