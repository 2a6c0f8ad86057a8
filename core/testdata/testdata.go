// Package testdata holds the test vectors of the core: language-neutral JSON
// files, described in vectors/README.md. They are embedded, so that the same
// tests run where there is no file system, as in a browser.
package testdata

import "embed"

// Vectors holds the files of the folder vectors.
//
//go:embed vectors/*.json
var Vectors embed.FS
