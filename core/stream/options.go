package stream

import (
	"context"
	"errors"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/sse"
	"github.com/retrystream/retrystream/core/wait"
)

const (
	// DefaultMaxRetryAfter is the longest delay asked for by a provider that is
	// waited for, unless Options say otherwise.
	DefaultMaxRetryAfter = 5 * time.Minute
	// DefaultSilenceTimeout is how long a connection may stay without a single
	// byte, unless Options say otherwise.
	DefaultSilenceTimeout = 5 * time.Minute
	// DefaultHold is how long after a response's head whoever relays a reply holds
	// its opening, unless told otherwise, before it calls PassHeld.
	DefaultHold = 10 * time.Second
)

// Partial says what becomes of a reply that broke off after some of it was
// handed out.
type Partial string

const (
	// PartialRestart: the next attempt starts over, after a reset.
	PartialRestart Partial = "restart"
	// PartialFail: the stream fails with the text that came. It is retried only
	// while no text was handed out.
	PartialFail Partial = "fail"
	// PartialResume: the next attempt asks for the rest, where the provider can
	// give it; otherwise as PartialRestart.
	PartialResume Partial = "resume"
)

// ErrRefused is what BeforeRetry returns to have no further attempt made.
var ErrRefused = errors.New("refused by BeforeRetry")

// RetryContext is what is known when a request is about to be made again, or to be
// given up.
type RetryContext struct {
	// Attempt is the number of the attempt that failed, counted from 1.
	Attempt int
	// Failure says why it failed.
	Failure failure.Failure
	// ToolCall tells that a whole tool call was handed out, so that the tool may
	// have run: another attempt may ask for it again.
	ToolCall bool
}

// Options are what a caller may choose, and in Host what only whoever sends the
// requests can tell. The zero value is right for most. New refuses what cannot be
// meant.
//
// The fields with an option tag are options of the browser's retryStream too,
// under the name in the tag; `make types` writes them and these comments, up to
// a sentence that begins with "In Go", into TypeScript. There a time.Duration is
// a number of milliseconds.
type Options struct {
	// URL is where the requests go. It tells the provider, and appears in no
	// event, error or message.
	URL string
	// Provider says who answers. The URL and the reply itself tell unless set. In
	// Go, an id such as "openai".
	Provider string `option:"provider"`
	// MaxAttempts limits the requests, the first included, however far each got the
	// reply. Without limit unless set.
	MaxAttempts int `option:"maxAttempts"`
	// MaxFruitlessAttempts limits the requests in a row that got the reply no
	// further. Only with partial "resume" can one that failed get it further.
	// Without limit unless set.
	MaxFruitlessAttempts int `option:"maxFruitlessAttempts"`
	// MaxAlike is how many attempts in a row may end alike with part of the reply
	// there: in the same way after the same number of bytes, or at the same age. So
	// many end the stream, because the next one would end there, too. 5 unless set. In
	// Go, a negative value means no limit.
	MaxAlike int `option:"maxAlike,orNone"`
	// EmptyAttempts is how often a reply is asked for again that came back whole but
	// with nothing in it: neither text, thoughts, a tool call nor a refusal, and nothing
	// that says why. Each time costs what a request costs. Then it is handed out as it
	// is. A request that ends with the result of a tool, or whose body is not known, is
	// made once. 2 unless set. In Go, a negative value means never.
	EmptyAttempts int `option:"emptyAttempts,orNone"`
	// MaxElapsed is how long after the beginning another attempt may still start;
	// one that runs, or waits for the network, is not cut short. It is time by the
	// clock, offline or not. Without limit unless set.
	MaxElapsed time.Duration `option:"maxElapsedMs"`
	// MaxRetryAfter is the longest delay asked for by a provider that is waited
	// for; a longer one ends the stream with an error that carries it. 5 minutes
	// unless set. In Go, a negative value means no limit.
	MaxRetryAfter time.Duration `option:"maxRetryAfterMs"`
	// Delays are the waits between attempts; 1s, 2s, 4s ... 60s without jitter
	// unless set.
	Delays retry.Delays `option:"delays"`
	// ConnectTimeout is how long to wait for the response's head before the
	// attempt counts as stalled. As long as the silence timeout unless set.
	ConnectTimeout time.Duration `option:"connectTimeoutMs"`
	// SilenceTimeout is how long to wait for the next byte before the attempt
	// counts as stalled. 5 minutes unless set. In Go, a negative value means for
	// ever.
	SilenceTimeout time.Duration `option:"silenceTimeoutMs"`
	// ProgressTimeout is how long only pings and comments may come, nothing of
	// the reply, before the attempt counts as stalled. For ever unless set.
	ProgressTimeout time.Duration `option:"progressTimeoutMs"`
	// Partial says what becomes of a reply that broke off after some of it was
	// handed out. With "restart" the next attempt starts over, after a reset. With
	// "fail" the stream fails and keeps the text; it is retried only while no text
	// was handed out. With "resume" the next attempt asks for the rest where the
	// provider can give it, and starts over where it cannot. "restart" unless set.
	// In Go, with Relay it is "resume" unless set, and fails where it would start
	// over.
	Partial Partial `option:"partial"`
	// Facts has each Event tell what it states besides the text. Reading then takes
	// some time for every event, rather than for the few that are unlike the last. It
	// has no meaning with Relay.
	Facts bool
	// MaxEventBytes bounds one event of the reply, in bytes; 16 MiB if 0.
	MaxEventBytes int
	// Room lets all streams with one RoomKey wait together when one of them is told to
	// wait; nil for each on its own.
	Room *wait.Room
	// RoomKey tells the server and the credential, for Room. It is kept in memory and
	// shown nowhere.
	RoomKey string
	// Random returns the numbers in [0,1) for the jitter; nil means the system's.
	Random func() float64

	// BeforeRetry is called before each wait for another attempt. It may prepare
	// that attempt; an error, such as ErrRefused, ends the stream. It must end
	// soon after its context does. May be nil.
	BeforeRetry func(context.Context, RetryContext) error
	// Fallback is called when the attempts have failed for good: with what no attempt can
	// cure (a used-up quota, a conversation that is too long, a model that is gone), or
	// at a limit of these options, which Failure.Retryable tells. It names the target of
	// those to come, which begin at once, after a reset if something was handed out, and
	// with limits and delays that count anew; or nil, and the stream fails as it would
	// have, as it does where it returns an error. A target that has failed is not to be
	// named again, which cannot be seen here: that of another model has the same URL.
	//
	// It is not called where BeforeRetry has ended the attempts, when MaxElapsed, which
	// counts from the very beginning, is over, where partial "fail" keeps the text that
	// came, or more than MaxFallbacks times; with Relay not once content was passed, and
	// there the target must speak the same API. It must end soon after its context does.
	// May be nil.
	Fallback func(context.Context, RetryContext) (*Target, error)
	// OnEvent is given each event of the reply, and a reset before the first
	// event of an attempt that voids what came before. The event is valid until
	// OnEvent returns. May be nil.
	OnEvent func(*Event)
	// OnRetry is told of each failed attempt that another one will follow. May
	// be nil: then the retries are silent.
	OnRetry func(event.ChatStreamRetry)
	// OnStatus is given the status whenever it changes, one call at a time. May be
	// nil.
	OnStatus func(event.ChatStreamStatus)

	// Host is for whoever sends the requests; nobody else has to know of it.
	Host
}

// Host is what only whoever sends a stream's requests and hands out its reply can
// tell: a page's module, or a transport such as those of the package retryhttp. The
// zero value is right for all who read the reply by OnEvent.
type Host struct {
	// Relay is told what becomes of the body's bytes, for a reader who can take nothing
	// back: see Relay. Until the reply's first content the events are held, and an
	// attempt that fails before it is replaced unseen. Bodies that are no event stream
	// are passed as they are. OnEvent is not called. Nil for none.
	Relay Relay
	// Sent tells that the first request is on its way already, so that it does not
	// wait with the others of the Room.
	Sent bool
	// Body returns the body of the last request, or its start, nil where it is not
	// known. It is asked only once a reply has come back empty. Nil where none is known.
	Body func(context.Context) []byte
	// Clock returns the time since any fixed moment, for a host that knows it without
	// asking the system for each chunk; nil means the system's. Timers are the
	// system's always.
	Clock func() time.Duration
}

// OptionError says which option cannot be meant, and how it can. It shows no value, as
// that of a URL may hold a secret.
type OptionError struct {
	// Option is the name of a field of Options, such as "MaxAttempts" or "Delays.Max".
	Option string
	// Problem completes the sentence that Option begins, and says what to do about it.
	Problem string
}

// Error returns the option, the problem and the cure.
func (e *OptionError) Error() string { return "stream: Options." + e.Option + " " + e.Problem }

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.MaxRetryAfter == 0 {
		o.MaxRetryAfter = DefaultMaxRetryAfter
	}
	if o.MaxAlike == 0 {
		o.MaxAlike = DefaultMaxAlike
	}
	if o.EmptyAttempts == 0 {
		o.EmptyAttempts = DefaultEmptyAttempts
	}
	if o.SilenceTimeout == 0 {
		o.SilenceTimeout = DefaultSilenceTimeout
	}
	if o.Relay != nil && o.Partial != PartialFail {
		if o.Partial == PartialRestart {
			o.Partial = PartialFail
		} else {
			o.Partial = PartialResume
		}
	}
	if o.MaxEventBytes <= 0 {
		o.MaxEventBytes = sse.DefaultMaxEventBytes
	}
	return o
}
