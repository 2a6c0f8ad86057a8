// Package stream tests in a page how a stream is read: its arguments, events, text and
// batches, odd input, memory, and how it is stopped.
package stream
