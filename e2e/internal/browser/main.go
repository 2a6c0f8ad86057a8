package browser

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// shared is the browser of this test binary. Main sets it before the first test and
// nothing changes it afterwards.
var shared struct {
	Browser
	err error
}

// Main is the TestMain of a package whose tests need a browser: it starts one, prints
// its version, runs the tests and ends it.
func Main(m *testing.M) {
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
	shared.Browser, shared.err = startChromium()
	if shared.err != nil {
		return m.Run()
	}
	fmt.Println("browser:", shared.Version())
	code := m.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "closing the browser:", err)
		return max(code, 1)
	}
	return code
}

// running returns the browser. Where there is none the test fails, or is skipped
// with -short.
func running(t testing.TB) Browser {
	t.Helper()
	if shared.err != nil {
		if testing.Short() && errors.Is(shared.err, errNoBrowser) {
			t.Skip(shared.err)
		}
		t.Fatal(shared.err)
	}
	if shared.Browser == nil {
		t.Fatal("the package has no TestMain that calls browser.Main")
	}
	return shared.Browser
}
