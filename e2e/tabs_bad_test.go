package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
			server := newSharedSite(t, chattest.OpenAIRateLimitResponse("2"))
			tabs := openShared(t, server, 1)
			eval[chromedp.Void](tabs[0], tt.script)
			checkTabWaits(t, server, tabs[0])
		})
	}
}

// checkTabWaits checks that two streams of the tab wait together.
func checkTabWaits(t *testing.T, server *site, tb *tab) {
	t.Helper()
	begin(tb, "sk-key")
	waitForStream(tb, 0, event.PhaseRetrying)
	begin(tb, "sk-key")
	waitForStream(tb, 1, event.PhaseRetrying)
	for i := range 2 {
		got := finished(tb, i)
		assert.Nil(t, got.Error)
		assert.Equal(t, chattest.DefaultText, got.Text)
	}
	requests := server.askedWith("sk-key")
	require.Len(t, requests, 3)
	assert.GreaterOrEqual(t, requests[1].Time.Sub(requests[0].Time), 2*time.Second)
	waitFor(tb, `channels === 0`, actionTimeout)
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
		server := newSharedSite(t, chattest.OpenAIRateLimitResponse("2"))
		address, err := url.Parse(server.URL)
		require.NoError(t, err)
		insecure := &httptest.Server{Listener: listener, Config: &http.Server{Handler: httputil.NewSingleHostReverseProxy(address)}}
		insecure.Start()
		t.Cleanup(insecure.Close)
		tb := openAPIAt(t, insecure.URL)
		require.False(t, eval[bool](tb, `isSecureContext`))
		eval[chromedp.Void](tb, `globalThis.LockManager = function () {}`)
		eval[chromedp.Void](tb, tabsScript)
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
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("1"))
	tabs := openShared(t, server, 2)
	eval[chromedp.Void](tabs[1], `globalThis.heard = []; globalThis.channel = new PlainChannel("retrystream"); channel.onmessage = ({ data }) => heard.push(data)`)
	begin(tabs[0], key)
	waitFor(tabs[1], `heard.length === 1`, actionTimeout)
	eval[chromedp.Void](tabs[1], `{
		const [name] = Object.keys(heard[0]);
		const far = Date.now() + 864e5;
		const values = [undefined, null, 0, -1, NaN, Infinity, -Infinity, far, 2 ** 63, 1e300, String(far), [far], { valueOf: far }, 5n, new Date(far), true];
		for (const value of values) channel.postMessage({ [name]: value });
		for (const value of [...values, "", name, name + far, [], [[name, far]], {}, { [name]: { [name]: far } }, new Map([[name, far]]), new Set([name]),
			new ArrayBuffer(1 << 20), { toString: 1, valueOf: 1 }, new Error("x"), /x/, new Blob([name]), Array(1e5).fill(name), { __proto__: null, toString: null }]) {
			channel.postMessage(value);
		}
	}`)
	assert.Equal(t, chattest.DefaultText, finished(tabs[0], 0).Text)

	name := eval[string](tabs[1], `Object.keys(heard[0])[0]`)
	for i, stored := range []string{
		"", "null", "1", `"text"`, "[]", "{", "\x00", "NaN", "soon", "1e300", "Infinity", "-1", "0x10",
		fmt.Sprint(time.Now().Add(24 * time.Hour).UnixMilli()), fmt.Sprint(time.Now().UnixMilli()),
	} {
		call[chromedp.Void](tabs[1], `(name, text) => void (localStorage[name] = text)`, name, stored)
		begin(tabs[1], key)
		assert.Equal(t, chattest.DefaultText, finished(tabs[1], i).Text, stored)
		assert.NotContains(t, eval[string](tabs[1], fmt.Sprintf(`JSON.stringify(streams[%d].statuses)`, i)), event.PhaseRetrying, stored)
	}
	for _, salt := range []string{"", "\x00\n🚀", "null"} {
		call[chromedp.Void](tabs[0], `text => void (localStorage["retrystream-salt"] = text)`, salt)
		begin(tabs[0], key)
		n := eval[int](tabs[0], `streams.length`) - 1
		assert.Equal(t, chattest.DefaultText, finished(tabs[0], n).Text)
	}
	checkLeftBehind(t, tabs[0], key)
}

// TestTabsFarHold: a script that holds a name again and again holds it no longer
// than the longest hold; and Retry now does not mind it.
func TestTabsFarHold(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("1"))
	tabs := openShared(t, server, 2)
	eval[chromedp.Void](tabs[1], `globalThis.channel = new PlainChannel("retrystream"); channel.onmessage = ({ data }) => {
		const [name] = Object.keys(data);
		globalThis.shout = setInterval(() => channel.postMessage({ [name]: Date.now() + 599_000 }), 20);
	}`)
	begin(tabs[0], key)
	waitFor(tabs[0], `streams[0].stream.status.phase === "retrying" && Date.parse(streams[0].stream.status.retrying_at) > Date.now() + 200_000`, actionTimeout)
	assert.LessOrEqual(t, eval[float64](tabs[0], `Date.parse(streams[0].stream.status.retrying_at) - Date.now()`), 300_000.0)
	eval[chromedp.Void](tabs[0], `streams[0].stream.retryNow()`)
	assert.Equal(t, chattest.DefaultText, finished(tabs[0], 0).Text)
	eval[chromedp.Void](tabs[1], `clearInterval(shout)`)
	checkLeftBehind(t, tabs[0], key)
}

// TestTabsManyKeys: hundreds of keys that are all held.
func TestTabsManyKeys(t *testing.T) {
	t.Parallel()
	const keys = 300
	page, hold := apiPage(t, apiPolicy, nil), make(chan struct{})
	fake := chattest.OpenAIChat(chattest.NewScript())
	limited := chattest.NewScript()
	limit := chattest.OpenAIRateLimitResponse("300")
	limited.Then = &limit
	refuse := chattest.OpenAIChat(limited)
	server := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != chatPath {
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
	tabs := openShared(t, server, 2)
	call[chromedp.Void](tabs[0], `async (url, keys) => {
		await retrystream.init();
		for (let i = 0; i < keys; i++) {
			begin(url, "sk-" + i);
			if (i % 50 === 49) while (streams.some(({ stream }) => stream.status.phase === "connecting")) await new Promise(done => setTimeout(done, 5));
		}
	}`, chatPath, keys)
	waitFor(tabs[0], `streams.every(({ stream }) => stream.status.phase === "retrying")`, actionTimeout)
	assert.Equal(t, keys, eval[int](tabs[0], `Object.keys(localStorage).filter(item => item.endsWith("-")).length`))
	close(hold)
	// Another tab knows all of them.
	call[chromedp.Void](tabs[1], `(url, keys) => { for (let i = 0; i < keys; i += 100) begin(url, "sk-" + i); }`, chatPath, keys)
	waitFor(tabs[1], `streams.every(({ stream }) => stream.status.phase === "retrying")`, actionTimeout)
	for _, tb := range tabs {
		eval[chromedp.Void](tb, `streams.forEach(({ stream }) => stream.retryNow())`)
		waitFor(tb, `streams.every(({ over, text }) => over && text)`, actionTimeout)
		checkLeftBehind(t, tb, "sk-")
	}
}
