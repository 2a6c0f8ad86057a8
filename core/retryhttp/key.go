package retryhttp

import (
	"hash/maphash"
	"net/http"
	"strconv"
)

// key names the server and the credential of a request, without telling the
// credential: it is hashed with a number that is made anew for each Transport.
func (t *Transport) key(req *http.Request) string {
	t.once.Do(func() { t.seed = maphash.MakeSeed() })
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, name := range []string{"Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key"} {
		_, _ = h.WriteString(req.Header.Get(name) + "\n") // it never fails
	}
	_, _ = h.WriteString(req.URL.Query().Get("key"))
	return req.URL.Scheme + "://" + req.URL.Host + "#" + strconv.FormatUint(h.Sum64(), 36)
}
