//go:build js

package stream

// check finds nothing: TypeScript has checked the options, and a page is spared what a
// Go program is told.
func (Options) check() error { return nil }
