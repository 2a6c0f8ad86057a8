package failure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/internal/ascii"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The plain cases: what any classifier of such errors has to get right.
func TestIsRetryable(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"Overloaded", errors.New("the model is overloaded, try again later"), true},
		{"RateLimit", errors.New("rate limit exceeded"), true},
		{"RateLimitUnderscore", errors.New("rate_limit: slow"), true},
		{"TooManyRequests", errors.New("too many requests"), true},
		{"HTTP429InMessage", errors.New("got status 429 from the upstream"), true},
		{"HTTP529InMessage", errors.New("got status 529 from the upstream"), true},
		{"ServerError500", errors.New("status 500: internal server error"), true},
		{"ServerErrorGeneric", errors.New("server error"), true},
		{"ConnectionReset", errors.New("read tcp: connection reset by peer"), true},
		{"ConnectionRefused", errors.New("dial tcp: connection refused"), true},
		{"EOF", errors.New("unexpected EOF"), true},
		{"BrokenPipe", errors.New("write: broken pipe"), true},
		{"NetworkTimeout", errors.New("i/o timeout"), true},
		{"ServiceUnavailable", errors.New("service unavailable"), true},
		{"Unavailable", errors.New("it is unavailable now"), true},
		{"Status502", errors.New("status 502: bad gateway"), true},
		{"Status503", errors.New("status 503"), true},
		{"WrappedRetryable", fmt.Errorf("call: %w", errors.New("service unavailable")), true},

		{"Nil", nil, false},
		{"ContextCanceled", context.Canceled, false},
		{"ContextCanceledWrapped", fmt.Errorf("call: %w", context.Canceled), false},
		{"ContextCanceledMessage", errors.New("context canceled"), false},
		{"ContextDeadlineExceeded", errors.New("context deadline exceeded"), false},
		{"Authentication", errors.New("authentication failed"), false},
		{"Unauthorized", errors.New("401 Unauthorized"), false},
		{"Forbidden", errors.New("403 Forbidden"), false},
		{"InvalidAPIKey", errors.New("invalid api key"), false},
		{"InvalidAPIKeyUnderscore", errors.New("invalid_api_key"), false},
		{"InvalidModel", errors.New("invalid model: gpt-99"), false},
		{"ModelNotFound", errors.New("model not found"), false},
		{"ModelNotFoundUnderscore", errors.New("model_not_found"), false},
		{"ContextLengthExceeded", errors.New("context length exceeded"), false},
		{"ContextExceededUnderscore", errors.New("context_exceeded"), false},
		{"MaximumContextLength", errors.New("maximum context length"), false},
		{"QuotaExceeded", errors.New("quota exceeded"), false},
		{"BillingError", errors.New("billing issue: payment required"), false},
		{"WrappedNonRetryable", fmt.Errorf("call: %w", errors.New("invalid api key")), false},
		{"Boom", errors.New("boom"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, IsRetryable(tt.err))
		})
	}
}

func TestClassifyNil(t *testing.T) {
	assert.Equal(t, Failure{}, Classify(nil))
}

func TestClassify(t *testing.T) {
	status := func(code int, text string) error { return &statusError{text, code} }
	peer := func(code string) string { return "stream error: stream ID 455; " + code + "; received from peer" }
	tests := []struct {
		name      string
		err       error
		kind      Kind
		retryable bool
		status    int
	}{
		{"AmbiguousOverloadKeepsProviderUnknown", errors.New("upstream: status 529"), Overloaded, true, 529},
		{"ExplicitAnthropicOverload", errors.New("anthropic overloaded_error"), Overloaded, true, 0},
		{"AuthBeatsConfig", errors.New("authentication failed: invalid model"), Auth, false, 0},
		{"PureConfig", errors.New("invalid model"), ModelNotFound, false, 0},
		{"BareForbidden", errors.New("forbidden"), Permission, false, 0},
		{"ExplicitStatus401", errors.New("upstream: status 401"), Auth, false, 401},
		{"ExplicitStatus403", errors.New("upstream: status 403"), Permission, false, 403},
		{"ForbiddenContextLength", errors.New("forbidden: context length exceeded"), ContextExceeded, false, 0},
		{"ExplicitStatus429", errors.New("upstream: status 429"), RateLimit, true, 429},
		{"RateLimitDoesNotBeatConfig", errors.New("status 429: invalid model"), ModelNotFound, false, 429},
		{"UsageLimitPatternDoesNotBeatConfigWith429", errors.New("status 429: invalid model quota"), ModelNotFound, false, 429},
		{"ServiceUnavailable", errors.New("service unavailable"), Server, true, 0},
		{"TimeoutDoesNotBeatConfigViaStatusCode", errors.New("status 503: invalid model"), ModelNotFound, false, 503},
		{"TimeoutDoesNotBeatConfigViaMessage", errors.New("service unavailable: model not found"), ModelNotFound, false, 0},
		{"ConnectionRefusedUnsupportedModel", errors.New("connection refused: unsupported model"), ModelNotFound, false, 0},
		{"DeadlineExceededStaysNonRetryableTimeout", context.DeadlineExceeded, Timeout, false, 0},
		{"DeadlineExceededWrapped", fmt.Errorf("call: %w", context.DeadlineExceeded), Timeout, false, 0},
		{"DeadlineExceededBeatsStatus", fmt.Errorf("status 503: %w", context.DeadlineExceeded), Timeout, false, 503},
		{"AnthropicMissingMessageStop", fmt.Errorf("anthropic stream closed before message_stop: %w", io.EOF), Truncated, true, 0},
		{"OpenAIResponsesMissingTerminalEvent", fmt.Errorf("openai responses stream closed before terminal event: %w", io.EOF), Truncated, true, 0},
		{"BareContextCanceled", context.Canceled, Canceled, false, 0},
		{"ContextCanceledBeatsTransportWords", fmt.Errorf("connection reset: %w", context.Canceled), Canceled, false, 0},
		{"Status500ContextCanceledText", fmt.Errorf("upstream: status 500: %w", context.Canceled), Server, true, 500},
		{"ProviderStatus500ContextCanceled", fmt.Errorf("closed: %w", errors.Join(context.Canceled, status(500, "context canceled"))), Server, true, 500},
		{"Status401ContextCanceled", fmt.Errorf("upstream: status 401: %w", context.Canceled), Auth, false, 401},
		{"QuotaContextCanceled", fmt.Errorf("insufficient_quota: %w", context.Canceled), UsageLimit, false, 0},
		{"ProviderDisabled503", status(503, "provider_disabled: the provider is disabled\n"), Permission, false, 503},
		{"ProviderDisabledText", errors.New("provider_disabled: the provider is disabled"), Permission, false, 0},
		{"Generic503", status(503, "service unavailable"), Server, true, 503},
		{"UsageLimitBeatsAuth", errors.New("unauthorized: insufficient_quota"), UsageLimit, false, 0},
		{"PureAuthStillWorks", errors.New("unauthorized"), Auth, false, 0},
		{"UsageLimitMatchesStructuredDetail", status(500, "check your billing plan"), UsageLimit, false, 500},
		{"InsufficientQuotaBeats429Text", errors.New("status 429: insufficient_quota"), UsageLimit, false, 429},
		{"InsufficientQuotaBeats429Typed", status(429, "insufficient_quota"), UsageLimit, false, 429},
		{"UsageLimitPatternsDoNotBeat429Gemini", errors.New("gemini status 429: Resource has been exhausted (e.g. check quota)."), RateLimit, true, 429},
		{"UsageLimitPatternsDoNotBeat429Azure", errors.New("azure openai: token rate limit; quota remaining: 0; status 429"), RateLimit, true, 429},
		{"UsageLimitPatternsDoNotBeat429Billing", errors.New("status 429: rate limited: a better billing plan allows more"), RateLimit, true, 429},
		{"UsageLimitPatternsDoNotBeat429Typed", status(429, "Resource has been exhausted (e.g. check quota)."), RateLimit, true, 429},
		{"UsesStructuredProviderStatus", status(429, ""), RateLimit, true, 429},
		{"HTTP2PeerReset", errors.New(peer("INTERNAL_ERROR")), Network, true, 0},
		{"HTTP2PeerResetWrapped", fmt.Errorf("read: %w", errors.New(peer("CANCEL"))), Network, true, 0},
		{"HTTP2Protocol", errors.New(peer("PROTOCOL_ERROR")), Network, true, 0},
		{"HTTP2ResetBeatsWords", errors.New(peer("PROTOCOL_ERROR") + ": timeout"), Network, true, 0},
		{"HTTP2LocalResetDisablesWords", errors.New("stream error: stream ID 455; PROTOCOL_ERROR: timeout"), Unknown, false, 0},
		{"StatusCodeBeatsHTTP2StreamError", fmt.Errorf("status 401: %w", errors.New(peer("INTERNAL_ERROR"))), Auth, false, 401},
		{"StatusCodeBeatsHTTP2Typed", errors.Join(errors.New(peer("INTERNAL_ERROR")), status(401, "")), Auth, false, 401},

		{"TypedStatusBeatsText", status(403, "status 500"), Permission, false, 403},
		{"TypedStatusWrapped", fmt.Errorf("call: %w", status(409, "conflict")), Server, true, 409},
		{"TypedStatusHTTPStatusCode", httpStatusError(502), Server, true, 502},
		{"FirstTypedFailureStatusWins", errors.Join(status(200, "ok"), status(404, "a"), status(500, "b")), ModelNotFound, false, 404},
		{"EOF", io.EOF, Network, true, 0},
		{"UnexpectedEOF", fmt.Errorf("body: %w", io.ErrUnexpectedEOF), Network, true, 0},
		{"HiddenEOF", &opaque{"the stream failed", io.ErrUnexpectedEOF}, Network, true, 0},
		{"HiddenReset", fmt.Errorf("call: %w", &opaque{"oops", syscall.ECONNRESET}), Network, true, 0},
		{"HiddenStatusText", &opaque{"oops", errors.New("status 429")}, RateLimit, true, 429},
		{"HiddenInJoin", &opaque{"oops", errors.Join(errors.New("a"), nil, errors.New("overloaded"))}, Overloaded, true, 0},
		{"HiddenTwice", &opaque{"oops", &opaque{"what", errors.New("rate limit")}}, RateLimit, true, 0},
		{"UnwrapToNil", &opaque{"boom", nil}, Unknown, false, 0},
		{"ECONNRESET", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, Network, true, 0},
		{"ECONNREFUSED", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, Network, true, 0},
		{"EPIPE", os.NewSyscallError("write", syscall.EPIPE), Network, true, 0},
		{"ETIMEDOUT", os.NewSyscallError("connect", syscall.ETIMEDOUT), Timeout, true, 0},
		{"NetTimeout", &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}, Timeout, true, 0},
		{"TimeoutMethodOnly", timeoutError{}, Timeout, true, 0},
		{"NetErrClosed", net.ErrClosed, Network, true, 0},
		{"DNSTemporary", &net.DNSError{Err: "server misbehaving", Name: "api.example.com", IsTemporary: true}, Network, true, 0},
		{"DNSNotFound", &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}, Network, false, 0},
		{"OnlyTheBeginningIsRead", errors.New(strings.Repeat("x ", maxText) + "overloaded"), Unknown, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Classify(tt.err)
			assert.Equal(t, tt.kind, f.Kind, "kind")
			assert.Equal(t, tt.retryable, f.Retryable, "retryable")
			assert.Equal(t, tt.status, f.StatusCode, "status")
			assert.Empty(t, f.Provider)
			assert.Zero(t, f.RetryAfter)
			assert.Equal(t, Message(tt.kind, tt.retryable, ""), f.Message)
			assert.Equal(t, Detail(tt.err.Error()), f.Detail)
		})
	}
}

// A wrapped classification wins over whatever it was made from.
func TestClassifyKeepsError(t *testing.T) {
	stalled := New(Stalled, 0).WithProvider("openai", "OpenAI")
	stalled.RetryAfter = 3 * time.Second
	stalled.Detail = "kept as is"
	for name, err := range map[string]error{
		"itself":  &Error{Failure: stalled, Cause: context.Canceled},
		"wrapped": fmt.Errorf("status 401: %w", &Error{Failure: stalled, Cause: context.DeadlineExceeded}),
		"joined":  errors.Join(errors.New("invalid api key"), &Error{Failure: stalled}),
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, stalled, Classify(err))
			assert.True(t, IsRetryable(err))
		})
	}
	final := New(Auth, 401)
	assert.False(t, IsRetryable(&Error{Failure: final, Cause: errors.New("overloaded")}))
}

func TestClassifyNeverShowsURLQuery(t *testing.T) {
	err := &url.Error{Op: "Post", URL: "https://api.example.com/v1?key=S3cr3t", Err: errors.New("dial tcp: i/o timeout")}
	f := Classify(err)
	assert.Equal(t, `Post "https://api.example.com/v1": dial tcp: i/o timeout`, f.Detail)
	assert.Equal(t, Timeout, f.Kind)
}

// The ids of conversation items say nothing to a person and belong to a user.
func TestClassifyHidesItemIDs(t *testing.T) {
	for _, text := range []string{
		"No tool output found for function call call_sensitive123.",
		"Item 'ws_sensitive123' of type 'web_search_call' was provided without its required 'reasoning' item: 'rs_sensitive123'",
	} {
		f := Classify(errors.New(text))
		assert.Equal(t, InvalidRequest, f.Kind)
		assert.False(t, f.Retryable)
		assert.NotContains(t, f.Message+f.Detail, "sensitive123")
	}
}

func TestClassifyKeepsAuthDetail(t *testing.T) {
	f := Classify(errors.New("status 401: Incorrect API key provided: sk-live-0123456789abcdef. Get one at https://example.com/keys?u=1"))
	assert.Equal(t, Auth, f.Kind)
	assert.Equal(t, "status 401: Incorrect API key provided: [redacted]. Get one at https://example.com/keys", f.Detail)
}

func TestText(t *testing.T) {
	for _, status := range []int{-1, 0, 99, 200, 299, 1006} {
		f := Text("status 429", status)
		assert.Equal(t, RateLimit, f.Kind, "status %d", status)
		assert.Equal(t, 429, f.StatusCode, "status %d", status)
	}
	f := Text("later", 503)
	assert.Equal(t, Failure{Kind: Server, StatusCode: 503, Retryable: true,
		Message: "The AI provider is temporarily unavailable.", Detail: "later"}, f)
}

func TestErrorText(t *testing.T) {
	cause := errors.New("cause")
	e := &Error{Failure: New(Overloaded, 529).WithProvider("anthropic", "Anthropic"), Cause: cause}
	assert.EqualError(t, e, "Anthropic is temporarily overloaded.")
	e.Detail = "try later"
	assert.EqualError(t, e, "Anthropic is temporarily overloaded. (try later)")
	require.ErrorIs(t, e, cause)
}

// opaque is a wrapper that does not show what it wraps.
type opaque struct {
	text  string
	inner error
}

func (e *opaque) Error() string { return e.text }
func (e *opaque) Unwrap() error { return e.inner }

type timeoutError struct{}

func (timeoutError) Error() string { return "gave up" }
func (timeoutError) Timeout() bool { return true }

type httpStatusError int

func (e httpStatusError) Error() string       { return "failed" }
func (e httpStatusError) HTTPStatusCode() int { return int(e) }

func FuzzClassify(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.text(), v.Input.Status)
	}
	f.Fuzz(func(t *testing.T, text string, status int) {
		got := Classify(&statusError{text, status})
		again := Classify(&statusError{text, status})
		require.Equal(t, got, again)
		require.Contains(t, allKinds, got.Kind)
		require.True(t, got.StatusCode == 0 || failed(got.StatusCode))
		if failed(status) {
			require.Equal(t, status, got.StatusCode)
		}
		if got.Retryable {
			require.True(t, usuallyRetryable(got.Kind), "%s is never retryable", got.Kind)
		}
		checkDetail(t, got.Detail)
		require.Equal(t, got.Kind, Classify(fmt.Errorf("%w", &statusError{text, status})).Kind)
		// Case does not matter, except that "aB" is two words and "ab" is one.
		w := ReadWords(strings.ToUpper(text))
		require.Equal(t, ascii.ToLower(w.text), w.text)
	})
}

func BenchmarkClassify(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"unknown", strings.Repeat("nothing of what this text says tells why it failed, ", 20)[:1024]},
		{"json", `{"error":{"type":"x","message":"` + strings.Repeat("The quick brown fox exceeds a few things. ", 24)[:900] +
			`","url":"https://api.example.com/v1/messages?key=abc"},"request_id":"req_0123456789abcdef"} status 503`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			err := errors.New(bb.text)
			b.ReportAllocs()
			for b.Loop() {
				Classify(err)
			}
		})
	}
}

func TestClassifyAllocations(t *testing.T) {
	err := errors.New(strings.Repeat("api_key=abc https://u:p@example.com/?q=1 ", 25)[:1000])
	assert.LessOrEqual(t, testing.AllocsPerRun(20, func() { Classify(err) }), 20.0)
}
