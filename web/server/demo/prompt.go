package demo

import (
	"encoding/json"
	"strings"
	"unicode"
)

// prompt is what the demo reads from a request of any provider.
type prompt struct {
	// system is the system prompt; user is the last message of the user.
	system, user string
}

func (p prompt) wantsTitle() bool { return strings.Contains(strings.ToLower(p.system), "title") }

// readPrompt finds the texts in a request body. Each provider names its fields
// differently and none uses another's name for something else, so one reader
// serves them all.
func readPrompt(body []byte) prompt {
	var req map[string]any
	if json.Unmarshal(body, &req) != nil {
		return prompt{} // The fake itself refuses it.
	}
	var p prompt
	for _, key := range []string{"system", "instructions", "systemInstruction", "system_instruction"} {
		p.system += textOf(req[key])
	}
	for _, key := range []string{"messages", "input", "contents"} {
		if s, ok := req[key].(string); ok {
			p.user = s
		}
		messages, _ := req[key].([]any)
		for _, m := range messages {
			message, _ := m.(map[string]any)
			switch message["role"] {
			case "system", "developer":
				p.system += textOf(message)
			case "user":
				p.user = textOf(message)
			}
		}
	}
	return p
}

// textOf returns the text of a string, of a list of parts, or of an object that
// has text, parts or content.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var all string
		for _, part := range v {
			all += textOf(part)
		}
		return all
	case map[string]any:
		return textOf(v["text"]) + textOf(v["parts"]) + textOf(v["content"])
	}
	return ""
}

// replyFor answers a message in a few paragraphs.
func replyFor(message string) string {
	opening := "Hello, and thanks for the message!"
	if said := shorten(message, 120); said != "" {
		opening = "You wrote “" + said + "”, and I am glad you did."
	}
	return opening + ` 😊

I am a scripted model that lives inside the demo server. My words reach you as those of a real one do: a few characters at a time, in server-sent events, over an ordinary connection. Whatever breaks on the way breaks for real, and the page has to cope with it.

When that happens, look for the line that says what went wrong and when the next attempt starts; it lets you try at once, or stop. What you have read so far makes room for the new reply, so nothing appears twice.

Any script comes through in one piece: こんにちは世界, 你好世界, 안녕 세상, Привет, γειά σου. So does every emoji, even one made of several characters: 👩‍🚀 🏳️‍🌈 🎉

That is all there is to it. Choose another kind of trouble, send one more message, and watch.`
}

// longText returns a reply of many paragraphs.
func longText(reply string) string {
	parts := []string{
		reply,
		"A long reply is where a lost connection hurts most. Three minutes of text are gone if the page gives up, and the reader is left with half a sentence and no way to tell whether the rest will ever come.",
		"Waiting is half of the art. A first pause of one second, then two, then four: most trouble is over by then, and a provider that is short of capacity is not asked again and again by everybody at the same moment.",
		"Knowing when not to wait is the other half. A wrong key stays wrong, and an empty account does not fill up by itself. The only kind thing to do is to say so at once.",
		"Silence is the hardest case, because nothing happens that a program could react to. Somebody has to look at the clock and decide that this is no longer a pause for thought.",
	}
	return strings.Join(append(parts, parts[1:]...), "\n\n") + "\n\nThank you for your patience. 🌙"
}

// shorten returns a text on one line, at most so many code points of it.
func shorten(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= most {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}

// titleFor returns a short title for a chat that starts with this message: its
// first words that carry meaning.
func titleFor(message string) string {
	const most = 4
	var words []string
	for _, w := range strings.FieldsFunc(message, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && r != '-'
	}) {
		if len(words) == most {
			break
		}
		if !filler(strings.ToLower(w)) {
			first, rest := firstRune(shorten(w, 24))
			words = append(words, strings.ToUpper(first)+rest)
		}
	}
	if len(words) == 0 {
		return "A Friendly Chat"
	}
	return strings.Join(words, " ")
}

func firstRune(s string) (first, rest string) {
	for i := range s {
		if i > 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// filler reports whether a word says nothing about a chat's subject.
func filler(word string) bool {
	const words = " a an and are as at be can could do does for from give have hello hey hi how i in is it " +
		"me my of on or please should tell that the there this to was what when where which who why will with would you your "
	return strings.Contains(words, " "+word+" ")
}
