package provider

import (
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/internal/ascii"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// role is what a member of an error body is for.
type role uint8

const (
	noRole role = iota
	anError
	aContainer // of what says more than the error's own members
	aSentence
	aTitle // of a problem, which says less than its detail
	aBaseResp
	aResponse
	aCanonicalCode
	anInnerCode
	anUpstreamCode
	aCode
	anObject
	aSuccess
	aDelay
	aDelayMs
	aReset // by somebody else's clock
	theViolations
	aReply
)

// roles are the names of the members that have one, in lower case, from anError on.
// One string weighs less than a switch.
var roles = [...]string{
	" error errors ",
	" details metadata innererror inner_error cause ",
	" message msg detail raw error_msg error_message errormessage errortext errmsg error_description status_msg" +
		" last_upstream_error ",
	" title ",
	" base_resp ",
	" response ",
	" error_type ",
	" error_code reason limit_source error_name ",
	" provider_code ",
	" type code status status_code statuscode ",
	" object ",
	" success ",
	" retrydelay retry_after retryafter retry_after_seconds retryafterseconds reset_seconds resets_in_seconds resets_in" +
		" reset_in reset_after reset_time estimated_time ",
	" retry_after_ms retryafterms ",
	" resets_at reset_at ",
	" violations ",
	" choices candidates content output ",
}

func roleOf(key string) role {
	key = " " + ascii.ToLower(key) + " "
	for i, names := range roles {
		if strings.Contains(names, key) {
			return anError + role(i)
		}
	}
	return noRole
}

// readMember takes from the member of an error body at the cursor what its name is for.
// as is how much its codes say, unless the name itself decides that.
func (e *errorBody) readMember(c *jsonscan.Cursor, key string, at nesting, as rank) {
	switch kind := c.Peek(); roleOf(key) {
	case anError:
		if kind == '"' || container(c) {
			e.wrapped, e.failed = true, true
			e.readInner(c, at, min(as, own))
		}
	case aContainer:
		e.readInner(c, at, inner)
	case aSentence:
		e.detail = e.detail || key == "detail"
		e.readSentence(c, at, as)
	case aTitle:
		e.put(text(c), 0)
	case aBaseResp:
		e.readBaseResp(c, at)
	case aResponse:
		if at.objects == 1 {
			c.Object(func(key []byte) {
				if roleOf(string(key)) == anError {
					e.readMember(c, "error", at, as)
				}
			})
		}
	case aCanonicalCode:
		e.readCode(c, canonical)
	case anInnerCode:
		e.readCode(c, min(as, inner))
	case anUpstreamCode:
		e.readCode(c, upstream)
	case aCode:
		e.readCode(c, as)
	case anObject:
		e.failed = e.failed || text(c) == "error"
	case aSuccess:
		e.failed = e.failed || kind == 'f'
	case aDelay:
		e.setDelay(c, time.Second)
	case aDelayMs:
		e.setDelay(c, time.Millisecond)
	case aReset:
		if e.delay == "" { // which would be the better one
			e.setDelay(c, 0)
		}
	case theViolations:
		e.readViolations(c)
	case aReply:
		e.reply = e.reply || at.objects == 1 && c.Present()
	}
}

// readInner reads a sentence, or an object with more members.
func (e *errorBody) readInner(c *jsonscan.Cursor, at nesting, as rank) {
	if c.Peek() == '"' {
		e.say(text(c), at)
	} else {
		e.read(c, at, as)
	}
}

// readSentence reads a sentence, in whatever a server has put it.
func (e *errorBody) readSentence(c *jsonscan.Cursor, at nesting, as rank) {
	if c.Peek() != '[' {
		e.readInner(c, at, min(as, own))
		return
	}
	c.Array(func(int) { // FastAPI's, whose types are no codes
		c.Object(func(key []byte) {
			if string(key) == "msg" {
				e.say(text(c), at)
			}
		})
	})
}

// readBaseResp reads MiniMax's, which a reply has, too.
func (e *errorBody) readBaseResp(c *jsonscan.Cursor, at nesting) {
	c.Object(func(key []byte) {
		switch string(key) {
		case "status_code":
			if n, ok := c.Int(); ok && n != 0 {
				e.failed = true
				e.addCode(baseResp+decimal(n), inner)
			}
		case "status_msg":
			if e.failed {
				e.say(text(c), at)
			}
		}
	})
}

// readViolations reads which of Google's quotas are used up.
func (e *errorBody) readViolations(c *jsonscan.Cursor) {
	c.Array(func(int) {
		c.Object(func(key []byte) {
			if string(key) == "quotaId" && len(e.quotas) < maxCodes {
				e.quotas = append(e.quotas, text(c))
			}
		})
	})
}

// container reports whether there is an object or array at the cursor that holds
// something.
func container(c *jsonscan.Cursor) bool {
	if b := c.Peek(); b != '{' && b != '[' {
		return false
	}
	peek := *c
	value := string(peek.Skip())
	return value != "{}" && value != "[]"
}
