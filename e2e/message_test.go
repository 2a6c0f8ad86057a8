package e2e

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
)

// message is what a person reads about a failure of the provider's.
func message(kind failure.Kind, id string) string {
	return provider.Find("", id).Failure(kind, 0).Message
}

// finalMessage is the same once there will be no other attempt.
func finalMessage(kind failure.Kind, id string) string {
	p := provider.Find("", id)
	return p.FinalMessage(p.Failure(kind, 0))
}
