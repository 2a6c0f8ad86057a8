//go:build !race

package stream_test

// underRace tells whether the race detector slows the tests down.
const underRace = false
