package tabs_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestTabsWithout: where something is missing that the tabs would need, the
// streams of the tab wait together, and no word is said.
func TestTabsWithout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ what, script string }{
		{"localStorage", `void Object.defineProperty(globalThis, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } })`},
		{"a localStorage that is null", `void Object.defineProperty(globalThis, "localStorage", { value: null })`},
		{"room in localStorage", `void Object.defineProperty(globalThis, "localStorage", { value: new Proxy({}, { set() { throw new DOMException("full", "QuotaExceededError"); } }) })`},
		{"Web Locks", `delete Navigator.prototype.locks`},
		{"Web Locks that work", `LockManager.prototype.request = () => Promise.reject(new DOMException("no", "SecurityError"))`},
		{"BroadcastChannel", `delete globalThis.BroadcastChannel`},
		{"crypto.subtle", `delete Crypto.prototype.subtle`},
		{"crypto.randomUUID", `delete Crypto.prototype.randomUUID`},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			server := library.NewShared(t, chattest.OpenAIRateLimitResponse("2"))
			tabs := library.OpenShared(t, server, 1)
			tabs[0].Run(tt.script)
			checkTabWaits(t, server, tabs[0])
		})
	}
}

// checkTabWaits checks that two streams of the tab wait together.
func checkTabWaits(t *testing.T, server *site.Site, tb *browser.Tab) {
	t.Helper()
	library.Begin(tb, "sk-key")
	library.WaitForStream(tb, 0, event.PhaseRetrying)
	library.Begin(tb, "sk-key")
	library.WaitForStream(tb, 1, event.PhaseRetrying)
	for i := range 2 {
		got := library.Finished(tb, i)
		assert.Nil(t, got.Error)
		assert.Equal(t, chattest.DefaultText, got.Text)
	}
	requests := server.AskedWith("sk-key")
	require.Len(t, requests, 3)
	assert.GreaterOrEqual(t, requests[1].Time.Sub(requests[0].Time), 2*time.Second)
	tb.WaitFor(`tests.channels() === 0`)
}

// TestTabsInsecure: a page by plain http has neither locks nor hashes.
func TestTabsInsecure(t *testing.T) {
	t.Parallel()
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, address := range addresses {
		ip, ok := address.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() || ip.IP.To4() == nil {
			continue
		}
		listener, err := net.Listen("tcp", ip.IP.String()+":0")
		require.NoError(t, err)
		server := library.NewShared(t, chattest.OpenAIRateLimitResponse("2"))
		address, err := url.Parse(server.URL)
		require.NoError(t, err)
		insecure := &httptest.Server{Listener: listener, Config: &http.Server{Handler: httputil.NewSingleHostReverseProxy(address)}}
		insecure.Start()
		t.Cleanup(insecure.Close)
		tb := library.OpenAt(t, insecure.URL)
		require.False(t, browser.Eval[bool](tb, `isSecureContext`))
		checkTabWaits(t, server, tb)
		return
	}
	t.Skip("this machine has no address but its own")
}

// TestTabsGarbage: any script of the origin can send anything on the channel and
// leave anything in the store. Streams go on, and wait no longer than they should.
func TestTabsGarbage(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("1"))
	tabs := library.OpenShared(t, server, 2)
	tabs[1].Call("hear")
	library.Begin(tabs[0], key)
	tabs[1].WaitFor(`tests.heard.length === 1`)
	tabs[1].Call("sayGarbage")
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[0], 0).Text)

	name := browser.Call[string](tabs[1], "room")
	for i, stored := range []string{
		"", "null", "1", `"text"`, "[]", "{", "\x00", "NaN", "soon", "1e300", "Infinity", "-1", "0x10",
		fmt.Sprint(time.Now().Add(24 * time.Hour).UnixMilli()), fmt.Sprint(time.Now().UnixMilli()),
	} {
		tabs[1].Call("store", name, stored)
		library.Begin(tabs[1], key)
		assert.Equal(t, chattest.DefaultText, library.Finished(tabs[1], i).Text, stored)
		assert.NotContains(t, browser.Eval[string](tabs[1], fmt.Sprintf(`JSON.stringify(tests.streams[%d].statuses)`, i)), event.PhaseRetrying, stored)
	}
	for _, salt := range []string{"", "\x00\n🚀", "null"} {
		tabs[0].Call("store", "retrystream-salt", salt)
		library.Begin(tabs[0], key)
		n := browser.Eval[int](tabs[0], `tests.streams.length`) - 1
		assert.Equal(t, chattest.DefaultText, library.Finished(tabs[0], n).Text)
	}
	library.CheckLeftBehind(t, tabs[0], key)
}

// TestTabsFarHold: a script that holds a name again and again holds it no longer
// than the longest hold; and Retry now does not mind it.
func TestTabsFarHold(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("1"))
	tabs := library.OpenShared(t, server, 2)
	tabs[1].Call("shoutBack")
	library.Begin(tabs[0], key)
	tabs[0].WaitFor(`tests.streams[0].stream.status.phase === "retrying" && Date.parse(tests.streams[0].stream.status.retrying_at) > Date.now() + 200_000`)
	assert.LessOrEqual(t, browser.Eval[float64](tabs[0], `Date.parse(tests.streams[0].stream.status.retrying_at) - Date.now()`), 300_000.0)
	tabs[0].Run(`tests.streams[0].stream.retryNow()`)
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[0], 0).Text)
	tabs[1].Call("hush")
	library.CheckLeftBehind(t, tabs[0], key)
}

// TestTabsManyKeys: hundreds of keys that are all held.
func TestTabsManyKeys(t *testing.T) {
	t.Parallel()
	const keys = 300
	page, hold := library.Page(t, library.Policy, nil), make(chan struct{})
	fake := chattest.OpenAIChat(chattest.NewScript())
	limited := chattest.NewScript()
	limit := chattest.OpenAIRateLimitResponse("300")
	limited.Then = &limit
	refuse := chattest.OpenAIChat(limited)
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != site.ChatPath {
			page.ServeHTTP(w, r)
			return
		}
		select {
		case <-hold:
			fake.ServeHTTP(w, r)
		default:
			refuse.ServeHTTP(w, r)
		}
	}))
	tabs := library.OpenShared(t, server, 2)
	tabs[0].Call("beginMany", site.ChatPath, keys)
	tabs[0].WaitFor(`tests.streams.every(({ stream }) => stream.status.phase === "retrying")`)
	assert.Equal(t, keys, browser.Eval[int](tabs[0], `Object.keys(localStorage).filter(item => item.endsWith("-")).length`))
	close(hold)
	// Another tab knows all of them.
	tabs[1].Call("beginSome", site.ChatPath, keys)
	tabs[1].WaitFor(`tests.streams.every(({ stream }) => stream.status.phase === "retrying")`)
	for _, tb := range tabs {
		tb.Run(`tests.streams.forEach(({ stream }) => stream.retryNow())`)
		tb.WaitFor(`tests.streams.every(({ over, text }) => over && text)`)
		library.CheckLeftBehind(t, tb, "sk-")
	}
}
