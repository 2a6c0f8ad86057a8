package e2e

import (
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/stretchr/testify/assert"
)

// ended is how a stream ended that was stopped.
type ended struct {
	Error streamError              `json:"error"`
	Text  streamError              `json:"text"`
	Same  bool                     `json:"same"`
	Last  event.ChatStreamStatus   `json:"last"`
	Log   []event.ChatStreamStatus `json:"log"`
}

// stopScript starts a stream, stops it in the given way at the given moment
// and gives what the page sees of it then.
const stopScript = `async (url, way, moment, seen) => {
	const controller = new AbortController();
	const own = new Error("the page's own reason");
	const stop = () => ({
		cancel: () => stream.cancel(),
		abort: () => controller.abort(),
		reason: () => controller.abort(own),
	})[way]();
	if (moment === "already") stop();
	const log = [];
	const stream = ask(url, {
		signal: way === "cancel" ? undefined : controller.signal,
		onStatus: status => log.push(status),
		onRetry: () => { if (moment === "wait") stop(); },
	});
	if (moment === "at once") stop();
	if (moment === "connecting") globalThis.stop = stop;
	let error, text, last;
	try {
		for await (const event of stream) if (moment === "stream" && event.text !== "") stop();
	} catch (thrown) {
		error = thrown;
	}
	await stream.text().catch(thrown => { text = thrown; });
	await new Promise(done => setTimeout(done));
	stream.cancel(); // once more is no harm
	stream.retryNow();
	return { error: describe(error), text: describe(text), same: error === text && (way !== "reason" || error === own), last: stream.status, log };
}`

// TestAbort stops streams in every way at every moment.
func TestAbort(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
	for _, moment := range []struct {
		name string
		step chattest.Step
		// most and least requests that the provider sees.
		least, most int
		gone        int
	}{
		{"already", chattest.DefaultReply(), 0, 0, 0},
		{"at once", chattest.Hang(), 0, 1, 0},
		{"connecting", chattest.Hang(), 1, 1, 1},
		{"stream", chattest.Stall(8), 1, 1, 1},
		{"wait", chattest.OpenAIServerErrorResponse(), 1, 1, 0},
	} {
		for _, way := range []string{"cancel", "abort", "reason"} {
			if moment.name == "already" && way == "cancel" {
				continue
			}
			t.Run(moment.name+"/"+way, func(t *testing.T) {
				provider := newFake(t, chattest.OpenAIChat, moment.step)
				if moment.name == "connecting" {
					go func() {
						provider.waitForRequests(t, chatPath, 1)
						_, _ = evaluate[bool](tb, `(stop(), true)`, actionTimeout)
					}()
				}
				got := call[ended](tb, stopScript, provider.URL+chatPath, way, moment.name)
				assert.True(t, got.Same, "text() and the iteration fail with the same, the signal's reason")
				if way == "reason" {
					assert.Equal(t, "the page's own reason", got.Error.Message)
				} else {
					assert.Equal(t, "AbortError", got.Error.Name)
					assert.True(t, got.Error.IsError)
				}
				assert.Equal(t, event.PhaseCanceled, got.Last.Phase)
				assert.Equal(t, event.PhaseCanceled, got.Log[len(got.Log)-1].Phase)
				provider.waitForGone(t, moment.gone)
				if moment.name == "wait" {
					pause(t, 1200*time.Millisecond) // longer than the wait would have been
				}
				requests := len(provider.Requests())
				assert.GreaterOrEqual(t, requests, moment.least)
				assert.LessOrEqual(t, requests, moment.most)
			})
		}
	}
}

// TestAlreadyAborted: a signal that has fired before the call sends nothing. The
// provider is of the page's own origin, where no question goes ahead of a
// request.
func TestAlreadyAborted(t *testing.T) {
	t.Parallel()
	page := newSite(t, apiPage(t, apiPolicy, nil))
	names := call[[]string](openAPIAt(t, page.URL), `(url) => Promise.all(Array.from({ length: 50 }, (_, i) =>
		ask(url + i + "/v1/chat/completions", { signal: AbortSignal.abort() }).text().catch(error => error.name)))`, page.URL+"/fake/openai/ok/run")
	pause(t, 500*time.Millisecond)
	assert.Empty(t, page.asked("/fake/"))
	assert.Len(t, names, 50)
	for _, name := range names {
		assert.Equal(t, "AbortError", name)
	}
}

// TestAbortSignalOfRequest: a Request brings its own signal, as with fetch.
func TestAbortSignalOfRequest(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat, chattest.Stall(8))
	tb := openAPI(t)
	name := call[string](tb, `async (url) => {
		const controller = new AbortController();
		const request = new Request(url, { method: "POST", body: '{"stream":true}', signal: controller.signal });
		const stream = retrystream.retryStream(request);
		const timer = setTimeout(() => stream.cancel(), 5000);
		try {
			for await (const event of stream) if (event.text !== "") controller.abort(new DOMException("by the Request's signal", "TimeoutError"));
			return "";
		} catch (error) {
			return error.name;
		} finally {
			clearTimeout(timer);
		}
	}`, provider.URL+chatPath)
	assert.Equal(t, "TimeoutError", name)
	provider.waitForGone(t, 1)
}

// TestAbortSignalTimeout: the deadline of a page covers all attempts.
func TestAbortSignalTimeout(t *testing.T) {
	t.Parallel()
	down := chattest.OpenAIServerErrorResponse()
	provider := newFake(t, chattest.OpenAIChat, down, down, down, down)
	name := call[string](openAPI(t), `(url) => ask(url, { signal: AbortSignal.timeout(1500) }).text().catch(error => error.name)`, provider.URL+chatPath)
	assert.Equal(t, "TimeoutError", name)
	pause(t, 2*time.Second)
	assert.LessOrEqual(t, len(provider.Requests()), 2)
}

// TestBreak: leaving the loop ends the request, without an error anywhere.
func TestBreak(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"break", "throw"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			provider := newFake(t, chattest.OpenAIChat, chattest.Stall(8))
			tb := openAPI(t)
			phase := call[string](tb, `async (url, how) => {
				const stream = ask(url);
				try {
					for await (const event of stream) {
						if (event.text === "") continue;
						if (how === "throw") throw new Error("enough");
						break;
					}
				} catch (error) {
					if (error.message !== "enough") return String(error);
				}
				return stream.status.phase;
			}`, provider.URL+chatPath, how)
			assert.Equal(t, "canceled", phase)
			provider.waitForGone(t, 1)
			assert.Len(t, provider.Requests(), 1)
		})
	}
}

// TestAbortLeavesNothing: signals that outlive many streams keep nothing of
// them. A listener that stays would keep each stream in memory.
func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	left := call[int](openAPI(t), `async (url) => {
		const { signal } = new AbortController();
		let listeners = 0;
		const { addEventListener: add, removeEventListener: remove } = signal;
		signal.addEventListener = (...args) => { listeners++; add.apply(signal, args); };
		signal.removeEventListener = (...args) => { listeners--; remove.apply(signal, args); };
		for (let i = 0; i < 3; i++) await ask(url, { signal }).text();
		return listeners;
	}`, provider.URL+chatPath)
	assert.Zero(t, left)
}

// TestSlowReader: a page that takes its time with each event is no silence of
// the provider.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat, chattest.Reply(chattest.DefaultText, chattest.Pace(20*time.Millisecond)))
	got := call[seen](openAPI(t), `async (url) => {
		const seen = { text: "", events: [], retries: [], statuses: [] };
		const stream = ask(url, { silenceTimeoutMs: 1500, onRetry: retry => seen.retries.push(retry) });
		let waited = false;
		for await (const event of stream) {
			seen.text += event.text;
			if (!waited && event.text !== "") await new Promise(done => setTimeout(done, 2500));
			waited ||= event.text !== "";
		}
		return seen;
	}`, provider.URL+chatPath)
	assert.Empty(t, got.Retries)
	assert.Equal(t, chattest.DefaultText, got.Text)
}
