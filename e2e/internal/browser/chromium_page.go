package browser

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// chromiumPage is a tab of Chromium.
type chromiumPage struct {
	*problems
	ctx   context.Context
	log   func(format string, args ...any)
	close func()
}

func (p *chromiumPage) Close() { p.close() }

// listen runs between the messages of the browser, so it must not send a command.
func (p *chromiumPage) listen(event any) {
	p.note(event)
	if unused, ok := event.(*page.EventBackForwardCacheNotUsed); ok {
		for _, why := range unused.NotRestoredExplanations {
			p.log("the back-forward cache was not used: %s (%s)", why.Reason, why.Type)
		}
	}
}

// within returns the tab's context, which ends with ctx too.
func (p *chromiumPage) within(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(p.ctx)
	stop := context.AfterFunc(ctx, cancel)
	return inner, func() {
		stop()
		cancel()
	}
}

// do runs the steps, until ctx ends.
func (p *chromiumPage) do(ctx context.Context, steps ...chromedp.Action[chromedp.Void]) error {
	inner, cancel := p.within(ctx)
	defer cancel()
	return ended(ctx, chromedp.Do(inner, steps...))
}

// ended returns err, or why ctx ended where that is what broke off.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// send sends a command whose answer does not matter.
func send[P, R any](ctx context.Context, p *chromiumPage, command cdp.Command[P, R], params P) error {
	_, err := ask(ctx, p, command, params)
	return err
}

// ask sends a command and returns its answer.
func ask[P, R any](ctx context.Context, p *chromiumPage, command cdp.Command[P, R], params P) (R, error) {
	inner, cancel := p.within(ctx)
	defer cancel()
	answer, err := chromedp.Call(inner, command, params)
	return answer, ended(ctx, err)
}

func (p *chromiumPage) Open(ctx context.Context, url string) error {
	return p.do(ctx, chromedp.Navigate(url))
}

func (p *chromiumPage) Reload(ctx context.Context) error { return p.do(ctx, chromedp.Reload()) }

// Back does not wait as chromedp's own would: a page that was kept has no load event.
func (p *chromiumPage) Back(ctx context.Context) error {
	history, err := ask(ctx, p, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		return err
	}
	if history.CurrentIndex == 0 {
		return errors.New("there is no page to go back to")
	}
	back := page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID}
	return send(ctx, p, page.NavigateToHistoryEntry, back)
}

// pageGone is the code of the error of a script whose page is left while it runs.
const pageGone = -32000

func (p *chromiumPage) Run(ctx context.Context, script string) (json.RawMessage, error) {
	inner, cancel := p.within(ctx)
	defer cancel()
	value, err := chromedp.Run(inner, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
	var exception *chromedp.ExceptionError
	var failed *cdproto.Error
	switch {
	case errors.As(err, &exception):
		return nil, &Exception{Text: exceptionText(exception.ExceptionDetails)}
	case errors.As(err, &failed) && failed.Code == pageGone:
		return nil, ErrGone
	}
	return value, ended(ctx, err)
}

func (p *chromiumPage) Press(ctx context.Context, element string) error {
	return p.do(ctx, chromedp.Click(chromedp.JSPath(element)))
}

func (p *chromiumPage) Type(ctx context.Context, keys string, shift bool) error {
	var modifiers []chromedp.Modifier
	if shift {
		modifiers = append(modifiers, chromedp.ModifierShift)
	}
	return p.do(ctx, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

func (p *chromiumPage) Picture(ctx context.Context) ([]byte, error) {
	inner, cancel := p.within(ctx)
	defer cancel()
	// 100 is the quality at which chromedp writes PNG.
	image, err := chromedp.Run(inner, chromedp.FullScreenshot(100))
	return image, ended(ctx, err)
}

func (p *chromiumPage) SetViewport(ctx context.Context, width, height int64) error {
	return p.do(ctx, chromedp.EmulateViewport(width, height))
}

func (p *chromiumPage) SetMedia(ctx context.Context, features ...string) error {
	var params emulation.SetEmulatedMediaParams
	for _, feature := range features {
		name, value, _ := strings.Cut(feature, ": ")
		params.Features = append(params.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	return send(ctx, p, emulation.SetEmulatedMedia, params)
}

func (p *chromiumPage) SetOffline(ctx context.Context, offline bool) error {
	// Two commands share the work: the first decides the fate of requests, the
	// second what the page is told. -1 stands for an unlimited speed.
	rules := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{}}
	if offline {
		rules.MatchedNetworkConditions = append(rules.MatchedNetworkConditions,
			&network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	if err := send(ctx, p, network.EmulateNetworkConditionsByRule, rules); err != nil {
		return err
	}
	state := network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	return send(ctx, p, network.OverrideNetworkState, state)
}

func (p *chromiumPage) TrustAll(ctx context.Context) error {
	return send(ctx, p, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
}

func (p *chromiumPage) SetFrozen(ctx context.Context, frozen bool) error {
	state := page.SetWebLifecycleStateStateActive
	if frozen {
		state = page.SetWebLifecycleStateStateFrozen
	}
	return send(ctx, p, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
}

func (p *chromiumPage) Heap(ctx context.Context) (float64, error) {
	for range 3 { // what one collection frees may hold what the next one can free
		if err := send(ctx, p, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return 0, err
		}
	}
	heap, err := ask(ctx, p, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		return 0, err
	}
	return heap.UsedSize + heap.EmbedderHeapUsedSize + heap.BackingStorageSize, nil
}
