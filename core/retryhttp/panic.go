package retryhttp

import "fmt"

// panicError is a panic of the program's callbacks, its Base or its body, or a bug of
// ours. It happened on a goroutine where nobody could recover from it.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	what := e.value
	if what == nil {
		what = "the goroutine that made the attempts was ended by runtime.Goexit"
	}
	return fmt.Sprintf("retryhttp: %v\n\non the goroutine that made the attempts:\n%s", what, e.stack)
}

// raise panics with what was a panic, on the goroutine of whoever asked.
func raise(err error) {
	if p, ok := err.(*panicError); ok {
		panic(p)
	}
}
