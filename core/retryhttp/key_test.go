package retryhttp

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKey: whatever may tell callers apart tells their keys apart; what differs from
// request to request of one caller does not.
func TestKey(t *testing.T) {
	const at = "https://api.example.test/v1/messages?api-version=1"
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	query := func(q string) func(*http.Request) { return func(r *http.Request) { r.URL.RawQuery = q } }
	user := func(u *url.Userinfo) func(*http.Request) { return func(r *http.Request) { r.URL.User = u } }
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	to := func(u string) func(*http.Request) {
		return func(r *http.Request) { r.URL, _ = url.Parse(u); r.Host = r.URL.Host }
	}
	none := func(*http.Request) {}
	for name, tc := range map[string]struct {
		a, b func(*http.Request)
		same bool
	}{
		"nothing":                    {none, none, true},
		"Authorization":              {set("Authorization", "Bearer a"), set("Authorization", "Bearer b"), false},
		"X-Auth-Token":               {set("X-Auth-Token", "a"), set("X-Auth-Token", "b"), false},
		"a cookie":                   {set("Cookie", "session=a"), set("Cookie", "session=b"), false},
		"Azure's API management":     {set("Ocp-Apim-Subscription-Key", "a"), set("Ocp-Apim-Subscription-Key", "b"), false},
		"OpenAI-Organization":        {set("Openai-Organization", "a"), set("Openai-Organization", "b"), false},
		"OpenAI-Project":             {set("Openai-Project", "a"), set("Openai-Project", "b"), false},
		"a header nobody knows":      {set("X-Tenant", "a"), set("X-Tenant", "b"), false},
		"one that is there":          {none, set("X-Tenant", "a"), false},
		"one that is empty":          {none, set("X-Tenant", ""), false},
		"?api_key=":                  {query("api_key=a"), query("api_key=b"), false},
		"any query":                  {query("x=a"), query("x=b"), false},
		"a user":                     {user(url.UserPassword("u", "a")), user(url.UserPassword("u", "b")), false},
		"a user or none":             {none, user(url.User("u")), false},
		"the Host":                   {host("a.example.test"), host("b.example.test"), false},
		"the same Host":              {host(""), host("API.example.test"), true},
		"two values":                 {set("X-Tenant", "a", "b"), set("X-Tenant", "b", "a"), false},
		"one value or two":           {set("X-Tenant", "a", "b"), set("X-Tenant", "ab"), false},
		"a value like another name":  {set("X-Tenant", "a1:b"), set("X-Tenant", "a", "b"), false},
		"another server":             {none, to("https://api2.example.test/v1/messages?api-version=1"), false},
		"another port":               {none, to("https://api.example.test:8443/v1/messages?api-version=1"), false},
		"another scheme":             {none, to("http://api.example.test/v1/messages?api-version=1"), false},
		"another path":               {none, to("https://api.example.test/v1/other?api-version=1"), true},
		"User-Agent":                 {none, set("User-Agent", "a"), true},
		"Accept-Language":            {set("Accept-Language", "a"), set("Accept-Language", "b"), true},
		"Content-Type":               {none, set("Content-Type", "application/json"), true},
		"a retry count":              {set("X-Stainless-Retry-Count", "0"), set("X-Stainless-Retry-Count", "1"), true},
		"an idempotency key":         {set("Idempotency-Key", "a"), set("Idempotency-Key", "b"), true},
		"a request's id":             {set("X-Client-Request-Id", "a"), set("X-Client-Request-Id", "b"), true},
		"a trace":                    {set("Traceparent", "a"), set("Traceparent", "b"), true},
		"a name in small letters":    {set("traceparent", "a"), set("traceparent", "b"), true},
		"what only begins like one":  {set("Tea", "a"), set("Tea", "b"), false},
		"what is not quite a prefix": {set("Contents", "a"), set("Contents", "b"), false},
	} {
		t.Run(name, func(t *testing.T) {
			var tr Transport
			key := func(change func(*http.Request)) string {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, nil)
				require.NoError(t, err)
				change(req)
				return tr.key(req)
			}
			a, b := key(tc.a), key(tc.b)
			assert.Equal(t, tc.same, a == b, "%s and %s", a, b)
			assert.Equal(t, a, key(tc.a), "it is the same each time")
			assert.NotEqual(t, a, new(Transport).key(&http.Request{URL: &url.URL{}}))
		})
	}
}
