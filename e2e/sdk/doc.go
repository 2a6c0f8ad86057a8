// Package sdk uses the providers' own SDKs with and without createRetryFetch, and checks
// docs/sdks.md. With SDKS=write in the environment it writes the file.
package sdk
