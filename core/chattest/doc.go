// Package chattest runs fake model providers whose failures follow a script.
//
// A fake speaks its provider's own wire format over real HTTP: [Anthropic]
// (Messages), [OpenAIChat], [OpenAIResponses], [Gemini], [Interactions] and
// [EventIDs], streamed and not; the last two and OpenAIResponses can also send the
// rest of a reply that broke off. A
// [Script] is a list of [Step] values, one for each request, so that a test
// reads as a table:
//
//	server := chattest.NewAnthropic(t,
//		chattest.AnthropicOverloadedResponse(),
//		chattest.CutAfterEvents(6),
//		chattest.Reply("All is well."),
//	)
//
// Nothing is random and nothing depends on the time of day: the same script
// gives the same bytes. Whatever waits, ends when the client goes away.
//
// The package is for tests and demos and uses net/http; it does not belong in a
// program that is built for the browser.
package chattest
