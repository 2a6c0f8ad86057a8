// Package fetch tests createRetryFetch in a page: it must pass for fetch.
package fetch
