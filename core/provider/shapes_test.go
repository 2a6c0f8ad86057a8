package provider

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/failure"
)

// TestShapes puts the same errors into all the places where providers and gateways
// have put them. The verdict and what a person reads are the same in each.
func TestShapes(t *testing.T) {
	quote := func(s string) string {
		quoted, _ := json.Marshal(s)
		return string(quoted)
	}
	shapes := map[string]func(message string) string{
		"error.message": func(m string) string { return `{"error":{"message":` + quote(m) + `}}` },
		"error":         func(m string) string { return `{"error":` + quote(m) + `}` },
		"message":       func(m string) string { return `{"message":` + quote(m) + `,"data":null}` },
		"msg":           func(m string) string { return `{"code":20015,"msg":` + quote(m) + `}` },
		"detail":        func(m string) string { return `{"detail":` + quote(m) + `}` },
		"detail[].msg":  func(m string) string { return `{"detail":[{"loc":["x"],"msg":` + quote(m) + `}]}` },
		"detail.error":  func(m string) string { return `{"detail":{"error":` + quote(m) + `}}` },
		"errors[]":      func(m string) string { return `{"success":false,"errors":[{"code":7,"message":` + quote(m) + `}]}` },
		"an array":      func(m string) string { return `[{"error":{"message":` + quote(m) + `}}]` },
		"error_msg":     func(m string) string { return `{"error_code":18,"error_msg":` + quote(m) + `}` },
		"base_resp": func(m string) string {
			return `{"choices":null,"base_resp":{"status_code":7,"status_msg":` + quote(m) + `}}`
		},
		"problem":           func(m string) string { return `{"type":"about:blank","title":"Odd","detail":` + quote(m) + `}` },
		"response.error":    func(m string) string { return `{"response":{"status":"failed","error":{"message":` + quote(m) + `}}}` },
		"beside a response": func(m string) string { return `{"response":{"error":null},"error":{"message":` + quote(m) + `}}` },
		"capitals":          func(m string) string { return `{"Response":{"Error":{"Code":"Odd","Message":` + quote(m) + `}}}` },
		"metadata.raw":      func(m string) string { return `{"error":{"message":"Odd","metadata":{"raw":` + quote(m) + `}}}` },
		"in a string": func(m string) string {
			return `{"error":{"message":` + quote(`{"error":{"message":`+quote(m)+`}}`) + `}}`
		},
		"in a string in a string": func(m string) string {
			return `{"error":{"message":` + quote(`{"error":{"message":`+quote(`{"message":`+quote(m)+`}`)+`}}`) + `}}`
		},
		"after a sentence":  func(m string) string { return `{"error":{"message":` + quote(`odd: {"message":`+quote(m)+`}`) + `}}` },
		"a sentence alone":  func(m string) string { return m },
		"a sentence and it": func(m string) string { return `Error code: 400 - {"error":{"message":` + quote(m) + `}}` },
		"Python": func(m string) string {
			return `{"detail":` + quote(`Odd - {'error': {'message': '`+m+`', 'param': None}}`) + `}`
		},
		"Python's bytes": func(m string) string {
			return `{"detail":` + quote(`Odd - b'{"error":{"message":`+quote(m)+`}}'`) + `}`
		},
		"an event": func(m string) string { return "event: error\ndata: {\"message\":" + quote(m) + "}\n\n" },
		"DashScope's event": func(m string) string {
			return "id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"message\":" + quote(m) + "}\n\n"
		},
		"XML": func(m string) string {
			return `<?xml version="1.0"?><Error><Code>Odd</Code><Message>` + m + `</Message></Error>`
		},
		"a web page's title": func(m string) string { return `<!doctype html><html><head><title>` + m + `</title></head></html>` },
	}
	for message, kind := range map[string]failure.Kind{
		"your balance is exhausted":            failure.UsageLimit,
		"the prompt is too long for the model": failure.ContextExceeded,
		"模型不存在":                                failure.ModelNotFound,
	} {
		for name, shape := range shapes {
			f := Find("/v1/chat/completions", "").Judge(Response{StatusCode: 400, Body: []byte(shape(message))}, now)
			assert.Equal(t, kind, f.Kind, "%s: %s", name, shape(message))
			switch name {
			case "a sentence alone", "XML", "a web page's title":
				assert.Contains(t, f.Detail, message, name)
			default:
				assert.Equal(t, message, f.Detail, name)
			}
		}
	}
}

// A document in a 200 is an error body only if it says so.
func TestIsError(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":"x"}`:                                                true,
		`{"error":{"message":"x"}}`:                                    true,
		`[{"error":{"message":"x"}}]`:                                  true,
		`{"errors":[{"message":"x"}]}`:                                 true,
		`{"success":false}`:                                            true,
		`{"type":"error"}`:                                             true,
		`{"object":"error","message":"x"}`:                             true,
		`{"base_resp":{"status_code":1,"status_msg":"x"}}`:             true,
		`{"code":50001,"message":"x"}`:                                 true,
		`{"status":500,"title":"x"}`:                                   true,
		`{"detail":"x"}`:                                               true,
		"event: error\ndata: {\"error\":\"x\"}":                        true,
		`{"error":null,"message":"x"}`:                                 false,
		`{"error":{},"choices":[]}`:                                    false,
		`{"errors":[]}`:                                                false,
		`{"success":true,"message":"x"}`:                               false,
		`{"code":0,"message":"ok"}`:                                    false,
		`{"code":200,"message":"ok"}`:                                  false,
		`{"base_resp":{"status_code":0,"status_msg":"success"}}`:       false,
		`{"message":"x"}`:                                              false,
		`{"type":"message","content":[{"type":"text"}],"message":"x"}`: false,
		`{"choices":[{"message":{"content":"x"}}],"code":7777}`:        false,
		`"error"`: false,
		`error`:   false,
		``:        false,
	} {
		assert.Equal(t, want, isError([]byte(body)), body)
	}
}

func TestTextDelay(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"please try again in 58 hours.":               58 * time.Hour,
		"try again after 20 seconds":                  20 * time.Second,
		"or try again in 2 days 17 hours 14 minutes.": 65*time.Hour + 14*time.Minute,
		"try again in 1 minute and 30 seconds":        90 * time.Second,
		"(reset after 3s)":                            3 * time.Second,
		"quota will reset after 5h59m59s.":            6*time.Hour - time.Second,
		"wait a while, then wait 5 seconds":           5 * time.Second,
		"请在 20 秒后重试":                                  20 * time.Second,
		"请5分钟后再试":                                     5 * time.Minute,
		"请2小时后再试":                                     2 * time.Hour,
		"resets at 2026-11-22t15:00:00z (2056)":       3 * time.Hour,
		"will reset at 2026-11-22 21:31:39 +08:00":    time.Hour + 31*time.Minute + 39*time.Second,
		"regain access on 2026-12-01 at 00:00 utc.":   8*24*time.Hour + 12*time.Hour,
		"until 2026-11-22 12:00:30 gmt":               30 * time.Second,
		"will reset at 2031-08-27 21:31:39":           0, // nobody says where
		"resets at 10:00 utc.":                        0, // nor on which day
		"resets at 2026-11-21t15:00:00z":              0, // over
		"resets at noon":                              0,
		"try again in":                                0,
		"until 2026-11-22":                            0,
		"":                                            0,
		strings.Repeat("try again in ", 1000) + "7s":  7 * time.Second,
	} {
		assert.Equal(t, want, textDelay(text, now), text)
	}
}
