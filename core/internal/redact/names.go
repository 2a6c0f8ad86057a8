package redact

// strength is how much a name says about the value after it.
type strength uint8

const (
	// vague names have values of all kinds; one is secret if it looks random.
	vague strength = iota
	// common names are ordinary words too: any value is secret after '=' and in
	// JSON, one that looks random after ':' and in a sentence.
	common
	// strong names have any secret value after '=' and ':', and one that looks
	// random in a sentence.
	strong
	// line is strong, and the value goes on to the end of the line.
	line
)

// name is that of a field whose value is secret.
type name struct {
	// text is lower-case; a space in it matches a space, '-', '_' or nothing.
	// A plural counts too, unless the name is common.
	text string
	strength
}

// names are sorted into those that begin with the same letter. The second
// letters, as a set, spare most words the comparison.
var names = ['z' - 'a' + 1]struct {
	seconds string
	names   []name
}{
	0: {"puck", []name{
		{"api key", strong}, {"api token", strong}, {"api secret", strong}, {"authorization", line},
		{"auth token", strong}, {"auth key", strong}, {"auth", common}, {"access key", strong}, {"access token", strong},
		{"account key", strong}, {"app key", strong}, {"app secret", strong}, {"app token", strong}, {"ak", vague},
	}},
	'b' - 'a': {"eo", []name{{"bearer token", strong}, {"bot token", strong}}},
	'c' - 'a': {"orls", []name{{"cookie", line}, {"credential", strong}, {"client secret", strong}, {"client key", strong}, {"csrf token", strong}}},
	'e' - 'a': {"n", []name{{"encryption key", strong}}},
	'i' - 'a': {"d", []name{{"id token", strong}}},
	'j' - 'a': {"w", []name{{"jwt", common}}},
	'k' - 'a': {"e", []name{{"key", common}, {"keys", vague}}},
	'm' - 'a': {"a", []name{{"master key", strong}}},
	'p' - 'a': {"awr", []name{
		{"password", strong}, {"passwd", strong}, {"passphrase", strong}, {"pass", common}, {"pwd", common},
		{"private key", strong}, {"provided", vague},
	}},
	'r' - 'a': {"e", []name{{"refresh token", strong}, {"received", vague}}},
	's' - 'a': {"euik", []name{
		{"secret key", strong}, {"secret access key", strong}, {"secret", strong}, {"subscription key", strong},
		{"session token", strong}, {"session", common}, {"security token", strong}, {"service key", strong},
		{"signing key", strong}, {"signature", strong}, {"sig", common}, {"sk", vague},
	}},
	't' - 'a': {"o", []name{{"token", common}, {"tokens", vague}}},
	'w' - 'a': {"e", []name{{"webhook secret", strong}}},
	'x' - 'a': {"s", []name{{"xsrf token", strong}}},
}

// endings are what a word may end in that is written in one with others, as
// "myapikey" is.
var endings = [...]name{
	{"apikey", strong}, {"appkey", strong}, {"secretkey", strong}, {"accesskey", strong}, {"secret", strong}, {"password", strong},
	{"passwd", strong}, {"token", common}, {"pwd", common},
}

// prose is a list of words that speak of a secret and are none themselves, in
// the order of letters, each between spaces.
const prose = " and are as be been bytes cannot check could credential credentials denied does empty ending equals error expected " +
	"expired failed field for format found from given got has have header headers http if in incorrect invalid is it malformed " +
	"missing must my needed nil no none not null of or param parameter please provided rejected received required revoked " +
	"scheme sent set should starting starts str string supplied that the this to undefined unset used using val valid value values " +
	"variable was we were which with wrong you your realm true false unauthorized authentication auth token tokens "
