package browser

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// problems is the record of what the page of one tab did wrong.
type problems struct {
	mu   sync.Mutex
	seen []string
}

// Problems returns what was noted so far.
func (p *problems) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// note keeps the event where it is a problem.
func (p *problems) note(event any) {
	problem := problemOf(event)
	if problem == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, problem)
}

// problemOf describes an event that no healthy page causes: an exception or a
// promise rejection that nothing caught, console.error or a failed
// console.assert, a violation of the content security policy (one that is only
// reported counts too), another error the browser logs, for a worker of the
// page as well, and a crash. It returns "" for any other event.
func problemOf(event any) string {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		return exceptionText(event.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeAssert {
			return fmt.Sprintf("console.%s: %s", event.Type, consoleText(event.Args))
		}
	case *log.EventEntryAdded:
		entry := event.Entry
		// Chromium logs each failed request with the source "network".
		failed := entry.Level == log.EntryLevelError && entry.Source != log.EntrySourceNetwork
		if failed || entry.Source == log.EntrySourceSecurity {
			return fmt.Sprintf("%s: %s", entry.Source, entry.Text)
		}
	case *inspector.EventTargetCrashed:
		return "the tab crashed"
	}
	return ""
}

// exceptionText returns what was thrown, with its stack when it is an Error. A
// value that is none, such as a string, has no stack.
func exceptionText(details *runtime.ExceptionDetails) string {
	text := fmt.Sprintf("%s (%s:%d)", details.Text, details.URL, details.LineNumber+1)
	if details.Exception != nil {
		text += " " + consoleText([]*runtime.RemoteObject{details.Exception})
	}
	return text
}

// consoleText joins the arguments of a console call.
func consoleText(args []*runtime.RemoteObject) string {
	var parts []string
	for _, arg := range args {
		if arg.Description != "" {
			parts = append(parts, arg.Description)
		} else {
			parts = append(parts, string(arg.Value))
		}
	}
	return strings.Join(parts, " ")
}
