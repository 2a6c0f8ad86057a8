// Package docs reads the documentation's pages.
package docs
