package demo

import (
	"bytes"
	"container/list"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
)

const (
	// maxRuns bounds the memory for runs; the one used least recently goes first.
	maxRuns = 1000
	// maxRequestBytes is the largest request: far more than a demo chat needs.
	maxRequestBytes = 1 << 20
)

// fakes serves the fake providers.
type fakes struct {
	providers map[string]fakeProvider
	scenarios map[string]Scenario
	pace      time.Duration
	runs      *runs
}

func newFakes(scenarios []Scenario, pace time.Duration) *fakes {
	f := &fakes{providers: providers(), scenarios: map[string]Scenario{}, pace: pace, runs: newRuns(maxRuns)}
	for _, s := range scenarios {
		f.scenarios[s.ID] = s
	}
	return f
}

func (f *fakes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("provider")
	provider, known := f.providers[id]
	if !known {
		http.Error(w, "no such provider", http.StatusNotFound)
		return
	}
	scenario, known := f.scenarios[r.PathValue("scenario")]
	if !known {
		http.Error(w, "no such scenario", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err != nil {
		http.Error(w, "the request is too large or broken", http.StatusRequestEntityTooLarge)
		return
	}
	again := r.WithContext(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))

	prompt := readPrompt(body)
	if prompt.wantsTitle() {
		step := chattest.Reply(titleFor(prompt.user))
		if scenario.TitleFails {
			step = chattest.ErrorResponse(provider.errors.wrongKey)
		}
		provider.fake(chattest.NewScript(step)).ServeHTTP(w, again)
		return
	}
	run := f.runs.get(id+"/"+scenario.ID+"/"+r.PathValue("run"), func() http.Handler {
		return provider.fake(scenario.script(Message{
			Provider: id,
			Reply:    chattest.Reply(replyFor(prompt.user), chattest.Pace(f.pace)),
			Pace:     f.pace,
			errors:   provider.errors,
		}))
	})
	run.ServeHTTP(w, again)
}

// runs remembers how far each run has come in its script.
type runs struct {
	mu    sync.Mutex
	limit int
	// order has the run used last in front.
	order *list.List
	byKey map[string]*list.Element
}

type run struct {
	key     string
	handler http.Handler
}

func newRuns(limit int) *runs {
	return &runs{limit: limit, order: list.New(), byKey: map[string]*list.Element{}}
}

// get returns the handler of a run and starts the run if it is new.
func (r *runs) get(key string, start func() http.Handler) http.Handler {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.order.MoveToFront(e)
		return e.Value.(*run).handler
	}
	h := start()
	r.byKey[key] = r.order.PushFront(&run{key: key, handler: h})
	if oldest := r.order.Back(); r.order.Len() > r.limit {
		r.order.Remove(oldest)
		delete(r.byKey, oldest.Value.(*run).key)
	}
	return h
}
