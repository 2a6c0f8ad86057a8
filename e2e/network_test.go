package e2e

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// setOffline takes the tab's network away or gives it back. Offline, new
// requests fail, navigator.onLine is false and the page gets the event
// "offline". A stream that is already open keeps flowing, so a server has to
// cut the connection where a test needs one to break.
func setOffline(tb *tab, offline bool) {
	tb.t.Helper()
	// Two commands share the work: the first decides the fate of requests, the
	// second what the page is told. -1 stands for an unlimited speed.
	rules := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{}}
	if offline {
		rules.MatchedNetworkConditions = append(rules.MatchedNetworkConditions,
			&network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	state := network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}

	err := tb.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule, rules); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, network.OverrideNetworkState, state)
		return err
	}))
	if err != nil {
		tb.t.Fatalf("setting offline to %t: %v", offline, err)
	}
}
