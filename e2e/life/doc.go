// Package life tests what becomes of streams in a page that is frozen, left and come back
// to, or slept through.
package life
