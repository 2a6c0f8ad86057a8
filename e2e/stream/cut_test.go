package stream_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// spread is at how many offsets a recording is cut; a fake's stream at four times
// as many.
const spread = 12

// cutStream is a stream as page/cut.ts takes it.
type cutStream struct {
	Name    string         `json:"name"`
	URL     string         `json:"url"`
	Options map[string]any `json:"options"`
	// Text is the reply's; empty where it is not known.
	Text string   `json:"text"`
	Cuts []string `json:"cuts"`

	body []byte
	// tails are what may come in place of the rest.
	tails map[string]string
}

// cutResult is what cutEverywhere gives.
type cutResult struct {
	Survived int      `json:"survived"`
	Again    int      `json:"again"`
	Resumed  int      `json:"resumed"`
	Problems []string `json:"problems"`
	TookMs   float64  `json:"tookMs"`
}

// cutAPI is an API whose streams are cut.
type cutAPI struct {
	fake func(*chattest.Script) http.Handler
	path string
	// fails is what the provider says in the middle of a reply.
	fails chattest.Error
}

var openAIFails = chattest.Error{Status: 500, Message: "The server had an error while processing your request."}

func cutAPIs() map[string]cutAPI {
	return map[string]cutAPI{
		"anthropic-messages": {chattest.Anthropic, "/v1/messages", chattest.Error{Status: 529, Message: "Overloaded"}},
		"openai-chat":        {chattest.OpenAIChat, site.ChatPath, openAIFails},
		"openai-responses":   {chattest.OpenAIResponses, "/v1/responses", openAIFails},
		"gemini": {chattest.Gemini, "/v1beta/models/m:streamGenerateContent?alt=sse",
			chattest.Error{Status: 503, Message: "The model is overloaded. Please try again later."}},
	}
}

// play gives what the fake streams.
func (api cutAPI) play(step chattest.Step) string {
	req := httptest.NewRequest(http.MethodPost, api.path, strings.NewReader(`{"stream":true}`))
	rec := httptest.NewRecorder()
	api.fake(chattest.NewScript(step)).ServeHTTP(rec, req)
	return rec.Body.String()
}

// newCutStream has a stream of the API cut at a spread of offsets: the connection
// is lost, the body ends, or an error comes.
func newCutStream(apiName, name, path, text string, body []byte, n int) *cutStream {
	api := cutAPIs()[apiName]
	event, bare := api.play(chattest.FailInStream(0, api.fails)), api.play(chattest.UnframedError(0, api.fails))
	s := &cutStream{
		Name: name, Text: text, body: body, Options: map[string]any{},
		tails: map[string]string{"lost": "", "ends": "", "error": event, "newline": "\n" + event, "blank": "\n\n" + event, "bare": bare},
	}
	s.URL = path + "?"
	if strings.Contains(path, "?") {
		s.URL = path + "&"
	}
	errors := []string{"error", "newline", "blank", "bare"}
	for i, offset := range offsets(body, n) {
		for _, way := range []string{"lost", "ends", errors[i%len(errors)]} {
			s.Cuts = append(s.Cuts, fmt.Sprintf("way=%s&at=%d", way, offset))
		}
	}
	return s
}

// offsets spreads n cuts over a body, and adds its ends and the insides of some
// characters that take several bytes.
func offsets(body []byte, n int) (list []int) {
	list = []int{0, 1, len(body) - 1, len(body)}
	for i := 1; i < n; i++ {
		list = append(list, i*len(body)/n)
	}
	inside := 0
	for i, b := range body {
		if !utf8.RuneStart(b) && inside < n/3 {
			list = append(list, i)
			inside++
		}
	}
	return list
}

// cutSite serves the page, and streams that are cut the first time that a case
// asks for them.
type cutSite struct {
	streams map[string]*cutStream
	page    http.Handler
	mu      sync.Mutex
	asked   map[string]int
	// fakes answer the cases of replies that can be resumed.
	fakes map[string]http.Handler
}

func (s *cutSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !query.Has("case") {
		s.page.ServeHTTP(w, r)
		return
	}
	if api := query.Get("resume"); api != "" {
		s.fake(api, query).ServeHTTP(w, r)
		return
	}
	stream := s.streams[query.Get("stream")]
	body, way := stream.body, query.Get("way")
	s.mu.Lock()
	s.asked[query.Get("case")]++
	first := s.asked[query.Get("case")] == 1
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	if !first || way == "" {
		_, _ = w.Write(body)
		return
	}
	at, err := strconv.Atoi(query.Get("at"))
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(append(body[:at:at], stream.tails[way]...))
	if way == "lost" {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// resumables are the fakes that give the rest of a reply.
var resumables = map[string]cutAPI{
	"responses":    {chattest.OpenAIResponses, "/v1/responses", openAIFails},
	"interactions": {chattest.Interactions, "/v1beta/interactions", chattest.Error{Status: 503, Message: "The model is overloaded."}},
	"event-ids":    {chattest.EventIDs, site.ChatPath, openAIFails},
}

// fake gives the fake of one case, which has a script of its own.
func (s *cutSite) fake(api string, query url.Values) http.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := api + query.Get("case")
	if s.fakes[id] == nil {
		at, _ := strconv.Atoi(query.Get("at"))
		step := chattest.Reply(chattest.DefaultText, chattest.Background())
		switch query.Get("way") {
		case "lost":
			step = chattest.CutAfterBytes(at, chattest.Background())
		case "ends":
			step = chattest.EndEarly(at, chattest.Background())
		case "error":
			step = chattest.FailInStream(at, resumables[api].fails, chattest.Background())
		}
		s.fakes[id] = resumables[api].fake(chattest.NewScript(step))
	}
	return s.fakes[id]
}

// newResumeStream has a fake's reply broken off, to be resumed.
func newResumeStream(name string) *cutStream {
	api := resumables[name]
	body := api.play(chattest.Reply(chattest.DefaultText, chattest.Background()))
	s := &cutStream{
		Name: name, Text: chattest.DefaultText, Options: map[string]any{"partial": "resume"},
		URL: api.path + "?resume=" + name + "&",
	}
	for _, offset := range offsets([]byte(body), 4*spread) {
		s.Cuts = append(s.Cuts, fmt.Sprintf("way=lost&at=%d", offset))
	}
	for events := range strings.Count(body, "\n\n") {
		s.Cuts = append(s.Cuts, fmt.Sprintf("way=ends&at=%d", events), fmt.Sprintf("way=error&at=%d", events))
	}
	return s
}

// recorded gives the recordings as streams to cut; none where they are absent.
func recorded(t *testing.T) (list []*cutStream) {
	t.Helper()
	dir := filepath.Join(project.Root(), "..", "shared", "recordings")
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Logf("no recordings in %s: only the fakes' streams are cut", dir)
		return nil
	}
	var recordings []struct{ File, API, Path string }
	require.NoError(t, json.Unmarshal(manifest, &recordings))
	for _, r := range recordings {
		body, err := os.ReadFile(filepath.Join(dir, r.File))
		require.NoError(t, err)
		list = append(list, newCutStream(r.API, r.File, r.Path, "", body, spread))
	}
	return list
}

// TestCut cuts the streams of the fakes and, where they are, the recordings, at a
// sample of their bytes, or sends an error there; natively that is done at every
// byte. Whatever happened, the page has the uncut reply in the end, each event
// once. With -v it prints the count.
func TestCut(t *testing.T) {
	t.Parallel()
	cuts := &cutSite{
		streams: map[string]*cutStream{}, page: library.Page(t, library.Policy, nil),
		asked: map[string]int{}, fakes: map[string]http.Handler{},
	}
	list := recorded(t)
	for name, api := range cutAPIs() {
		body := api.play(chattest.Reply(chattest.DefaultText, chattest.Pings(2, 0)))
		list = append(list, newCutStream(name, name, api.path, chattest.DefaultText, []byte(body), 4*spread))
	}
	for i, s := range list {
		cuts.streams[strconv.Itoa(i)] = s
		s.URL += fmt.Sprintf("stream=%d&", i)
	}
	restarted := len(list)
	for name := range resumables {
		list = append(list, newResumeStream(name))
	}
	count := 0
	for _, s := range list {
		count += len(s.Cuts)
	}
	tb := library.OpenAt(t, site.New(t, cuts).URL)
	var total cutResult
	for _, stream := range list { // one call must end within browser.Patience
		got := browser.Call[cutResult](tb, "cutEverywhere", stream, 6)
		total.Survived += got.Survived
		total.Again += got.Again
		total.Resumed += got.Resumed
		total.TookMs += got.TookMs
		total.Problems = append(total.Problems, got.Problems...)
	}
	assert.Empty(t, total.Problems)
	assert.Equal(t, count, total.Survived)
	assert.Greater(t, total.Again, count/2, "most cuts are before the reply's end")
	assert.Greater(t, total.Resumed, 100)
	t.Logf("survived %d cuts of %d streams, %d of them resumed (%.0fs)", total.Survived, restarted+len(resumables), total.Resumed, total.TookMs/1000)
}
