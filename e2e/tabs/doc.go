// Package tabs tests how the tabs of an origin wait together.
package tabs
