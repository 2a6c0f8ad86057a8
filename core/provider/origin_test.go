package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/provider"
)

func TestSameOrigin(t *testing.T) {
	const url = "https://api.example.com/v1/messages"
	for other, same := range map[string]bool{
		"https://api.example.com":                    true,
		"https://api.example.com?key=x":              true,
		"HTTPS://user:x@API.example.com:443#part":    true,
		"http://api.example.com/v1/messages":         false,
		"https://api.example.com:8443/v1/messages":   false,
		"https://api.example.com.evil.test/":         false,
		"https://evil.test/https://api.example.com/": false,
		"https://api.example.com@evil.test/":         false,
		"/v1/messages":                               false,
		"":                                           false,
	} {
		assert.Equal(t, same, provider.SameOrigin(url, other), other)
		assert.Equal(t, same, provider.SameOrigin(other, url), other)
	}
	assert.True(t, provider.SameOrigin("http://[::1]:80/a", "http://[::1]/b"))
	assert.False(t, provider.SameOrigin("http://[::1]:443/a", "http://[::1]/b"))
	assert.True(t, provider.SameOrigin("/a", "/b"))
}
