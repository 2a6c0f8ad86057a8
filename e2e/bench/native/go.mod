module github.com/retrystream/retrystream/e2e/bench/native

go 1.26

require (
	github.com/r3labs/sse/v2 v2.10.0
	github.com/retrystream/retrystream v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v1.12.1
	github.com/tmaxmax/go-sse v0.11.0
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/net v0.0.0-20191116160921-f9c825593386 // indirect
	gopkg.in/cenkalti/backoff.v1 v1.1.0 // indirect
)

replace github.com/retrystream/retrystream => ../../..
