// Package retry tests in a page what is tried again, how and where: policies, limits,
// beforeRetry, fallback, resuming, what blocks a request, and what errors tell.
package retry
