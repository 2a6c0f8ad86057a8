package provider

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/sse"
)

const secret = "sk-proj-SECRETSECRETSECRET1234567890"

// secretTexts are sentences that hold a secret, each in a way of its own.
var secretTexts = []string{
	secret,
	"Incorrect API key provided: " + secret + ".",
	"Authorization: Bearer " + secret,
	"x-api-key: SECRET-of-no-known-shape",
	"POST https://u:SECRET@x.test/v1?key=SECRET&x=1 failed",
	"GET https://x.test/v1?api_key=SECRET#SECRET: 500",
	`got {"api_key": "SECRET", "password":"SECRET"}`,
	"rate limit reached (key=SECRET123456789), try again in 3s",
	"key AIzaSECRETSECRETSECRETSECRETSECRETSE is wrong",
	"<html><head><title>bad token " + secret + "</title></head></html>",
}

// secretBodies puts a sentence into every place of every shape of error.
func secretBodies(text string) (bodies []string) {
	quoted, _ := json.Marshal(text)
	for _, shape := range []string{
		`{"error":{"message":*,"type":"invalid_request_error","code":"x"}}`,
		`{"error":{"message":"","type":*}}`,
		`{"error":{"message":"","code":*}}`,
		`{"error":{"message":"","status":*,"param":*}}`,
		`{"error":{"message":"","details":[{"reason":*,"retryDelay":*,"violations":[{"quotaId":*}]}]}}`,
		`{"error":{"message":"","details":{"error_code":*}}}`,
		`{"error":{"message":"","metadata":{"error_type":*,"provider_code":*,"raw":*}}}`,
		`{"error":{"message":"","innererror":{"code":*}}}`,
		`{"error":{"message":{"detail":[{"msg":*}]}}}`,
		`{"error":*,"code":*}`,
		`{"object":"error","message":*,"type":*}`,
		`{"type":"error","code":*,"message":*}`,
		`{"type":"error","error":{"type":*,"message":*},"request_id":*}`,
		`{"detail":*}`, `{"detail":[{"msg":*}]}`,
		`[{"error":{"message":*,"status":*}}]`,
		`{"type":"response.failed","response":{"error":{"code":*,"message":*}}}`,
		`{"event_type":"error","error":{"code":*,"message":*}}`,
		`{"choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"code":502,"message":*}}`,
		`{"choices":[{"index":0,"delta":{},"finish_reason":*}]}`,
		`{"type":"message-end","delta":{"finish_reason":"ERROR","error":*}}`,
		`{"model":"m","error":*}`,
		`*`,
	} {
		body := strings.ReplaceAll(shape, "*", string(quoted))
		bodies = append(bodies, body, body[:len(body)-2], "error: "+body+"\n")
	}
	return append(bodies, text)
}

func TestSecretsStayIn(t *testing.T) {
	hides := func(f failure.Failure, from string) {
		// Every field that is text.
		if shown := string(f.Kind) + f.Provider + f.Message + f.Detail; strings.Contains(shown, "SECRET") {
			t.Errorf("%s\ntells %s", from, shown)
		}
	}
	headers := header("retry-after", secret, "retry-after-ms", secret, "x-should-retry", secret, "x-ratelimit-reset", secret, "authorization", secret, "set-cookie", secret)
	urls := []string{"/v1/messages", "/v1/chat/completions", "/v1/responses", "/m:streamGenerateContent", "/v1beta/interactions", "/v2/chat", "/"}
	for _, text := range secretTexts {
		for _, body := range secretBodies(text) {
			for i, url := range urls {
				p := Find("https://u:SECRET@x.test"+url+"?key="+secret+"#SECRET", "")
				// One status an API is enough, as the two have nothing to do with each other.
				res := Response{StatusCode: []int{200, 401, 429, 500}[i%4], Body: []byte(body), Header: headers}
				hides(p.Judge(res, now), body)
				f, _ := p.NotAStream(res, now)
				hides(f, body)
				if f, found := p.Unframed([]byte(body)); found {
					hides(f, body)
				}
				for _, typ := range []string{"", "error", secret} {
					r := p.NewReader()
					if s := r.Read(sse.Event{Type: []byte(typ), Data: []byte(body), ID: []byte(secret)}); s.Failure != nil {
						hides(*s.Failure, body)
					}
				}
			}
		}
	}
}
