package main

import "fmt"

// cold is what a page that has loaded nothing yet waits for, in milliseconds.
type cold struct {
	FromScript, FromCall, ToReady, ToText, Ready spread
}

// measureCold opens so many fresh pages, each in a process of its own.
func measureCold(b *chrome, s *site, pages int) (cold, error) {
	var fromScript, fromCall, toReady, toText, ready []float64
	for range pages {
		first, err := fresh[struct{ FromScript, FromCall, ToReady, ToText float64 }](b, s, "firstRequest")
		if err != nil {
			return cold{}, err
		}
		fromScript = append(fromScript, first.FromScript)
		fromCall = append(fromCall, first.FromCall)
		toReady = append(toReady, first.ToReady)
		toText = append(toText, first.ToText)
		ms, err := fresh[float64](b, s, "moduleReady")
		if err != nil {
			return cold{}, err
		}
		ready = append(ready, ms)
	}
	c := cold{spreadOf(fromScript), spreadOf(fromCall), spreadOf(toReady), spreadOf(toText), spreadOf(ready)}
	fmt.Println("\na page that has loaded nothing yet, in milliseconds, median (quartiles)")
	for _, line := range []struct {
		name string
		spread
	}{
		{"call of retryStream to first request sent", c.FromCall},
		{"script start to first request sent", c.FromScript},
		{"script start to module ready", c.ToReady},
		{"script start to the text of a short reply", c.ToText},
		{"the module's bytes there to module ready", c.Ready},
	} {
		fmt.Printf("  %-44s %.2f (%.2f-%.2f)\n", line.name, line.Median, line.Q1, line.Q3)
	}
	return c, nil
}

// fresh calls a function of cold.ts in a new page.
func fresh[T any](b *chrome, s *site, function string) (T, error) {
	t, err := b.open(s.URL)
	if err != nil {
		return *new(T), err
	}
	defer t.close()
	return call[T](t, `(name) => import("/cold.js").then((m) => m[name]())`, function)
}
