package npm_test

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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
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
	olderVite := absolute(t, "older/node_modules/vite/bin/vite.js")
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
			return serveFolder(t, dir+"/dist", library.Policy)
		},
		"Vite 7 build": func(t *testing.T) string {
			dir := w.project(t, app)
			run(t, dir, "node", olderVite, "build")
			return serveFolder(t, dir+"/dist", library.Policy)
		},
		"webpack": func(t *testing.T) string {
			dir := w.project(t, app, fixture("webpack"))
			run(t, dir, "node", w.tool("webpack-cli/bin/cli.js"), "--mode", "production", "--entry", "./main.js")
			require.NoError(t, os.Rename(dir+"/index.html", dir+"/dist/index.html"))
			return serveFolder(t, dir+"/dist", library.Policy)
		},
		"esbuild": func(t *testing.T) string {
			dir := w.project(t, app)
			esbuild(t, dir, esbuildBuild)
			run(t, dir, "sh", "-c", esbuildCopy)
			require.NoError(t, os.Rename(dir+"/index.html", dir+"/dist/index.html"))
			return serveFolder(t, dir+"/dist", library.Policy)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := browser.Open(t, page(t))
			tb.WaitFor(`globalThis.read`)
			assertPageSurvives(t, tb)
			const text = "The worker is well: 🚀"
			got := browser.Eval[packageReply](tb, `readInWorker("`+failingFirst(t, text).URL+site.ChatPath+`")`)
			assert.Equal(t, packageReply{text, []string{"server", "network"}}, got)
		})
	}
	t.Run("esbuild with the module as an asset", func(t *testing.T) {
		t.Parallel()
		dir := w.project(t, app, fixture("esbuild-asset"))
		esbuild(t, dir, "esbuild asset.js --bundle --format=esm --outdir=dist "+esbuildAsset)
		require.NoError(t, os.Rename(dir+"/index.html", dir+"/dist/index.html"))
		tb := browser.Open(t, serveFolder(t, dir+"/dist", library.Policy))
		tb.WaitFor(`globalThis.read`)
		assertPageSurvives(t, tb)
	})
}

// assertPageSurvives reads a reply that fails twice. The banner shows each time,
// and its button works.
func assertPageSurvives(t *testing.T, tb *browser.Tab) {
	t.Helper()
	const text = "All is well: 🚀"
	provider := failingFirst(t, text)
	tb.Run(`void (globalThis.reply = read("` + provider.URL + site.ChatPath + `"))`)
	for n := 1; n <= 2; n++ {
		waitForAttempt(tb, n)
		tb.Press(`retry-banner >>> [part~="retry-now"]`)
	}
	assert.Equal(t, packageReply{text, []string{"server", "network"}}, browser.Eval[packageReply](tb, `reply`))
	assert.False(t, tb.Shows("retry-banner"))
	assert.Len(t, provider.Asked(site.ChatPath), 3)
}

// waitForAttempt waits until the banner says that attempt n has failed.
func waitForAttempt(tb *browser.Tab, n int) {
	tb.T.Helper()
	tb.WaitFor(`customElements.get("retry-banner") && ` + browser.Element("retry-banner") + `.checkVisibility() && ` +
		browser.Element("retry-banner") + `.status.phase === "retrying" && ` + browser.Element("retry-banner") + `.status.attempt === ` + strconv.Itoa(n))
}

// serveFolder serves a folder's files under the policy.
func serveFolder(t *testing.T, dir, policy string) string {
	t.Helper()
	return site.New(t, folder(dir, policy)).URL
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
	return strings.Replace(library.Policy, "'self'", allowed, 1)
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
	cmd.Env = append(os.Environ(), append(env, "NO_COLOR=1", "POLICY="+library.Policy)...)
	cmd.Stdout, cmd.Stderr = in, in
	cmd.WaitDelay = browser.Patience
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
