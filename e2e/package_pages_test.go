package e2e

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What docs/install.md tells esbuild's users to run.
const (
	esbuildBuild = "esbuild main.js worker.js --bundle --format=esm --outdir=dist"
	esbuildCopy  = "cp node_modules/retrystream/dist/retrystream.wasm dist/"
	esbuildAsset = "--loader:.wasm=file"
)

// testPackagePages builds one small app with each bundler, and serves it under a
// policy as strict as the library allows.
func testPackagePages(t *testing.T, w *workshop) {
	app := fixture("app")
	esbuild := func(t *testing.T, dir, command string) {
		run(t, dir, w.tool(".bin/esbuild"), strings.Fields(command)[1:]...)
	}
	olderVite := absolute(t, "package/older/node_modules/vite/bin/vite.js")
	for name, page := range map[string]func(t *testing.T) (url string){
		"import map": func(t *testing.T) string {
			dir := w.project(t, app, fixture("page"))
			return serveFolder(t, dir, inlinePolicy(t, dir))
		},
		"Vite dev": func(t *testing.T) string {
			return startVite(t, w.project(t, app, fixture("vite")), w.tool("vite/bin/vite.js"))
		},
		"Vite 7 dev": func(t *testing.T) string {
			return startVite(t, w.project(t, app, fixture("vite7")), olderVite)
		},
		"Vite build": func(t *testing.T) string {
			dir := w.project(t, app)
			run(t, dir, "node", w.tool("vite/bin/vite.js"), "build")
			return serveFolder(t, dir+"/dist", apiPolicy)
		},
		"Vite 7 build": func(t *testing.T) string {
			dir := w.project(t, app)
			run(t, dir, "node", olderVite, "build")
			return serveFolder(t, dir+"/dist", apiPolicy)
		},
		"webpack": func(t *testing.T) string {
			dir := w.project(t, app, fixture("webpack"))
			run(t, dir, "node", w.tool("webpack-cli/bin/cli.js"), "--mode", "production", "--entry", "./main.js")
			require.NoError(t, os.Rename(dir+"/index.html", dir+"/dist/index.html"))
			return serveFolder(t, dir+"/dist", apiPolicy)
		},
		"esbuild": func(t *testing.T) string {
			dir := w.project(t, app)
			esbuild(t, dir, esbuildBuild)
			run(t, dir, "sh", "-c", esbuildCopy)
			require.NoError(t, os.Rename(dir+"/index.html", dir+"/dist/index.html"))
			return serveFolder(t, dir+"/dist", apiPolicy)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := open(t, page(t))
			waitFor(tb, `globalThis.read`, buildTimeout)
			assertPageSurvives(t, tb)
			const text = "The worker is well: 🚀"
			got := eval[packageReply](tb, `readInWorker("`+failingFirst(t, text).URL+chatPath+`")`)
			assert.Equal(t, packageReply{text, []string{"server", "network"}}, got)
		})
	}
	t.Run("esbuild with the module as an asset", func(t *testing.T) {
		t.Parallel()
		dir := w.project(t, app, fixture("esbuild-asset"))
		esbuild(t, dir, "esbuild asset.js --bundle --format=esm --outdir=dist "+esbuildAsset)
		require.NoError(t, os.Rename(dir+"/index.html", dir+"/dist/index.html"))
		tb := open(t, serveFolder(t, dir+"/dist", apiPolicy))
		waitFor(tb, `globalThis.read`, actionTimeout)
		assertPageSurvives(t, tb)
	})
}

// assertPageSurvives reads a reply that fails twice. The banner shows each time,
// and its button works.
func assertPageSurvives(t *testing.T, tb *tab) {
	t.Helper()
	const text = "All is well: 🚀"
	provider := failingFirst(t, text)
	eval[chromedp.Void](tb, `void (globalThis.reply = read("`+provider.URL+chatPath+`"))`)
	for n := 1; n <= 2; n++ {
		waitForAttempt(tb, n)
		click(tb, retryNow)
	}
	assert.Equal(t, packageReply{text, []string{"server", "network"}}, eval[packageReply](tb, `reply`))
	assert.False(t, shows(tb, "retry-banner"))
	assert.Len(t, provider.asked(chatPath), 3)
}

// waitForAttempt waits until the banner says that attempt n has failed.
func waitForAttempt(tb *tab, n int) {
	tb.t.Helper()
	waitFor(tb, `customElements.get("retry-banner") && `+element("retry-banner")+`.checkVisibility() && `+
		element("retry-banner")+`.status.phase === "retrying" && `+element("retry-banner")+`.status.attempt === `+strconv.Itoa(n), actionTimeout)
}

// serveFolder serves a folder's files under the policy.
func serveFolder(t *testing.T, dir, policy string) string {
	t.Helper()
	return newSite(t, folder(dir, policy)).URL
}

func folder(dir, policy string) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
}

// inlinePolicy is the policy of a page whose scripts are inline, as an import map
// has to be: it names each by its hash.
func inlinePolicy(t *testing.T, dir string) string {
	t.Helper()
	scripts := regexp.MustCompile(`(?s)<script type="(?:importmap|module)">(.*?)</script>`).FindAllStringSubmatch(readFile(t, dir+"/index.html"), -1)
	require.NotEmpty(t, scripts)
	allowed := "'self'"
	for _, script := range scripts {
		sum := sha256.Sum256([]byte(script[1]))
		allowed += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Replace(apiPolicy, "'self'", allowed, 1)
}

// startVite runs the dev server in the folder until the test ends, and gives its
// address. It outlives the tabs that are opened after it.
func startVite(t *testing.T, dir, script string, env ...string) string {
	t.Helper()
	out, in := io.Pipe()
	// Not the test's context, which ends while the page is still open: Vite's
	// client would see its server go, and start a worker that the policy forbids.
	ctx, kill := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "node", script, "--host", "127.0.0.1", "--port", "0")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(env, "NO_COLOR=1", "POLICY="+apiPolicy)...)
	cmd.Stdout, cmd.Stderr = in, in
	cmd.WaitDelay = shutdownTimeout
	if err := cmd.Start(); err != nil {
		kill()
		require.NoError(t, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
		_ = in.Close()
	}()
	t.Cleanup(func() {
		kill()
		<-ended
	})

	said := ""
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said += lines.Text() + "\n"
		if url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(lines.Text()); url != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }() // so that it never waits for a reader
			return url
		}
	}
	t.Fatalf("Vite's dev server did not start:\n%s", said)
	return ""
}
