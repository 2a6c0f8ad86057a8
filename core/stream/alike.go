package stream

import (
	"strconv"
	"time"

	"github.com/retrystream/retrystream/core/failure"
)

// DefaultMaxAlike is how many attempts in a row may end alike, unless Options say
// otherwise.
const DefaultMaxAlike = 5

// minAge is the least age at which attempts that end say anything by it: those that
// fail at once are always of one age.
const minAge = 5 * time.Second

// row is a row of attempts that ended in the same way with part of the reply there.
// What ended them at one byte, or at one age, ends the next one there, too.
type row struct {
	kind failure.Kind
	// size is how many bytes of the body came.
	size int
	// sizes counts the attempts of that size.
	sizes int
	// age is how long the first of those lasted that ages counts.
	age time.Duration
	// ages counts the attempts of about that age.
	ages int
}

// add adds an attempt.
func (r *row) add(kind failure.Kind, size int, age time.Duration) {
	if kind != r.kind {
		*r = row{kind: kind}
	}
	if r.sizes == 0 || size != r.size {
		r.sizes, r.size = 0, size
	}
	r.sizes++
	// The silence after which an attempt counts as stalled is this side's own.
	if r.ages == 0 || max(age-r.age, r.age-age) > r.age/50 || kind == failure.Stalled || age < minAge {
		r.ages, r.age = 0, age
	}
	r.ages++
}

// verdict returns what repeats once it has done so often enough, "" before.
func (r *row) verdict(enough int) string {
	const begin = "Attempt after attempt broke off after "
	switch {
	case r.sizes >= enough:
		return begin + "the same " + strconv.Itoa(r.size) + " bytes, with part of the reply there: the server, or something on the way, " +
			"ends replies of that size. Look at the limits that proxies, gateways and functions have for a response."
	case r.ages >= enough:
		return begin + strconv.Itoa(int((r.age+time.Second/2)/time.Second)) + " s, with part of the reply there: something on the way " +
			"ends connections of that age. Look at the timeouts of proxies, gateways and functions between here and the server."
	}
	return ""
}

// repeated returns the error of the latest attempt, or one that ends the stream where
// enough of them have ended alike.
func (s *Stream) repeated(err error) error {
	a, final := s.last, &failure.Error{Failure: failure.Classify(err), Cause: err}
	switch {
	case s.opts.MaxAlike < 0 || !final.Retryable || !a.content || !a.clocks.everProgressed():
		return err // an outage, say, which is no answer
	case a.resume != nil && s.reply.gained:
		s.target.row = row{} // another part of the reply each time
		return err
	case final.Presumed:
		return err // which has a limit of its own
	}
	switch final.Kind {
	case failure.RateLimit, failure.Overloaded, failure.Offline, failure.Empty:
		return err // which say themselves that waiting helps
	}
	s.target.row.add(final.Kind, a.body.size, time.Since(a.clocks.zero.start))
	said := s.target.row.verdict(s.opts.MaxAlike)
	if said == "" {
		return err
	}
	final.Retryable, final.Message = false, said
	return final
}
