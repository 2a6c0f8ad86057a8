//go:build !unix && !windows

package failure

func systemError(string) error { return nil }
