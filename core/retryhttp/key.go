package retryhttp

import (
	"cmp"
	"errors"
	"hash/maphash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/retrystream/retrystream/core/wait"
)

// key names the server of a request and who asks it: whatever may tell two callers
// apart tells their keys apart, as one who is told to wait must not hold up another.
// It does not tell the credential, which is hashed with a number that is made anew for
// each Transport.
func (t *Transport) key(req *http.Request) string {
	d := t.newDigest()
	d.write(strings.ToLower(cmp.Or(req.Host, req.URL.Host)))
	d.write(req.URL.RawQuery)
	d.write(req.URL.User.String())
	d.header(req.Header, wait.IsHarmless)
	return origin(req.URL) + "#" + strconv.FormatUint(d.Sum64(), 36)
}

// digest is a number for all that a request sends, which tells it from others.
func (t *Transport) digest(req *http.Request) (uint64, error) {
	d := t.newDigest()
	d.write(req.Method)
	// However they are spelled; a fragment is not sent.
	d.write(origin(req.URL))
	d.write(origin(&url.URL{Scheme: req.URL.Scheme, Host: cmp.Or(req.Host, req.URL.Host)}))
	d.write(req.URL.RequestURI())
	d.write(req.URL.User.String())
	d.header(req.Header, func(string) bool { return false })
	if req.GetBody == nil {
		return d.Sum64(), nil
	}
	body, err := req.GetBody()
	if err == nil {
		_, err = io.Copy(d, body)
		err = errors.Join(err, body.Close())
	}
	return d.Sum64(), err
}

// digest hashes texts, with a number of the transport's own.
type digest struct{ maphash.Hash }

func (t *Transport) newDigest() *digest {
	t.once.Do(func() { t.seed = maphash.MakeSeed() })
	d := &digest{}
	d.SetSeed(t.seed)
	return d
}

// write adds a text with its length, so that no two lists of texts look the same.
func (d *digest) write(s string) {
	_, _ = d.WriteString(strconv.Itoa(len(s)) + ":" + s) // it never fails
}

// header adds all of a header but what leaveOut tells of.
func (d *digest) header(h http.Header, leaveOut func(name string) bool) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if leaveOut(name) {
			continue
		}
		d.write(name)
		d.write(strconv.Itoa(len(h[name])))
		for _, value := range h[name] {
			d.write(value)
		}
	}
}
