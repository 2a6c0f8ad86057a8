package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ways to break a module that runs. Each changes its exports so that, once
// globalThis.doomed is set, the next call breaks it.
var crashes = []struct{ name, exports string }{
	// More bytes than the window has: Go panics inside the export.
	{"panic in an export", `({ feed }) => ({ feed: (id, n) => feed(id, doomed ? 1 << 30 : n) })`},
	// As after a fatal error of Go's runtime, such as running out of memory.
	{"exit", `({ feed, resume }, imports) => ({
		feed: (id, n) => doomed ? -1 : feed(id, n),
		resume: () => { resume(); if (doomed) { new DataView(memories.at(-1).buffer).setInt32(1 << 12, 2, true); imports.gojs["runtime.wasmExit"]((1 << 12) - 8); } },
	})`},
	{"trap in an export", `({ feed }) => ({ feed: (id, n) => { if (doomed) throw new WebAssembly.RuntimeError("unreachable"); return feed(id, n); } })`},
	// The reply is read to its end; what Go would do then breaks off.
	{trapLater, `({ resume, settled }) => {
		const trapping = (run) => (...args) => { if (doomed) throw new WebAssembly.RuntimeError("unreachable"); return run(...args); };
		return { resume: trapping(resume), settled: trapping(settled) };
	}`},
}

const trapLater = "trap in the program"

// TestCrash breaks the module under several streams: one that reads, one that
// waits for its response and one that waits for its retry. All fail with an
// error that says so, and the next call has a module that works.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, crash := range crashes {
		t.Run(crash.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat("longer than any test takes ", 40)
			if crash.name == trapLater {
				text = "a long reply, piece by piece" // which must come to its end
			}
			reading := newFake(t, chattest.OpenAIChat, chattest.Reply(text, chattest.Pace(100*time.Millisecond), chattest.DeltaRunes(1)))
			silent := newFake(t, chattest.OpenAIChat, chattest.Hang())
			busy := newFake(t, chattest.OpenAIChat, chattest.OpenAIErrorResponse(429, "requests", "rate_limit_exceeded", "Please try again in 60s."))
			tb := openAPI(t)
			allow(tb, "exit code") // Go's own words on an exit
			eval[chromedp.Void](tb, `globalThis.doomed = false; changeExports = `+crash.exports+`; 0`)
			call[chromedp.Void](tb, `(...urls) => {
				globalThis.ended = Promise.all(urls.map(url => read(url, {}, {
					each: event => { if (event.text !== "") globalThis.reading = true; },
				})));
			}`, reading.URL+chatPath, silent.URL+chatPath, busy.URL+chatPath)
			silent.waitForRequests(t, chatPath, 1)
			busy.waitForRequests(t, chatPath, 1)
			waitFor(tb, `globalThis.reading`, actionTimeout)
			pause(t, 300*time.Millisecond) // until the busy one waits
			eval[chromedp.Void](tb, `doomed = true; changeExports = undefined`)

			for i, got := range eval[[]seen](tb, `Promise.race([ended, new Promise((_, fail) => setTimeout(() => fail("the streams go on"), 10_000))])`) {
				require.NotNilf(t, got.Error, "stream %d", i)
				checkModuleError(t, *got.Error)
				assert.Contains(t, got.Error.Message, "bug")
				assert.Equal(t, "failed", string(got.Statuses[len(got.Statuses)-1].Phase))
			}
			silent.waitForGone(t, 1)
			if crash.name != trapLater {
				reading.waitForGone(t, 1)
			}

			eval[chromedp.Void](tb, `doomed = false`)
			next := newFake(t, chattest.OpenAIChat)
			got := read(tb, next.URL+chatPath)
			require.Nil(t, got.Error)
			assert.Equal(t, chattest.DefaultText, got.Text)
			assert.Equal(t, 2, eval[int](tb, `memories.length`))
			assert.Len(t, busy.Requests(), 1, "no request after the crash")
		})
	}
}
