// Package page tests the demo page and the banner as people use them.
package page
