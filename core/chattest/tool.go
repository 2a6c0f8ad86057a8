package chattest

// ToolCall is the call of a tool.
type ToolCall struct {
	// Name is the tool's name.
	Name string
	// Arguments is a JSON object.
	Arguments string
}

// CallTool makes a reply end with the call of a tool, whose arguments, a JSON
// object, are streamed in pieces as the text is; Gemini sends them whole. A
// reply without text is the call alone. [Interactions] knows no tools.
func CallTool(name, arguments string) Option {
	return func(s *Step) { s.ToolCall = &ToolCall{Name: name, Arguments: arguments} }
}

// hasText reports whether the reply has a text, be it an empty one.
func (c call) hasText() bool { return c.step.Text != "" || c.step.ToolCall == nil }

// arguments returns the pieces of the arguments of the reply's tool call.
func (c call) arguments() []string {
	if c.step.ToolCall == nil {
		return nil
	}
	return pieces(Step{Text: c.step.ToolCall.Arguments, DeltaRunes: c.step.DeltaRunes})
}

// tokens returns how long the reply is: each piece counts as one.
func (c call) tokens() int { return len(c.pieces) + len(c.arguments()) }

// finish returns why the model stopped: what the step says, or the provider's word
// for a call of a tool or for the natural end.
func (c call) finish(toolCall, natural string) string {
	switch {
	case c.step.FinishReason != "":
		return c.step.FinishReason
	case c.step.ToolCall != nil:
		return toolCall
	}
	return natural
}
