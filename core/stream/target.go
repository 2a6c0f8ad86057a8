package stream

import (
	"strings"

	"github.com/retrystream/retrystream/core/provider"
)

// target is where the attempts go, and what has come of those made there.
type target struct {
	// url is where the next request goes.
	url string
	// provider is who answers.
	provider provider.Provider
	// earlier is how many attempts were made before, at targets that have failed.
	earlier int
	// row is of the attempts that ended alike.
	row row
	// unsaid counts those whose server never said that the reply was complete.
	unsaid int
	// empties counts those whose reply was empty.
	empties int
}

// SetURL tells that the next attempts go elsewhere. It may be called in
// BeforeRetry. At another origin the URL tells the provider, as in a Target.
func (s *Stream) SetURL(url string) {
	s.target.url = url
	s.setProvider(s.providerAt(url))
	s.target.row = row{}
	s.reply.revoke()
}

// SetRoomKey tells that the next attempts show another server or credential. It
// may be called in BeforeRetry.
func (s *Stream) SetRoomKey(key string) { s.opts.RoomKey = key }

// setProvider notes who answers.
func (s *Stream) setProvider(p provider.Provider) {
	s.target.provider = p
	s.told.setProvider(p.ID())
}

// providerAt recognises who answers at a URL. Options.Provider names who does at the
// origin of Options.URL, which says nothing of another one.
func (s *Stream) providerAt(url string) provider.Provider {
	id := s.opts.Provider
	if origin(url) != origin(s.opts.URL) {
		id = provider.Auto
	}
	return provider.Find(url, id)
}

// origin is what a URL has before its path, as it is written: two that are written
// differently are taken for two.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
