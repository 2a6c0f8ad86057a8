package dialect

// Ollama is Ollama's own API: not an event stream but one JSON object a line.
// Text is in message.content (chat) or response (generate); the reply ends with
// "done":true; an error is {"error":"a sentence"}.
var Ollama = Dialect{
	Lines: true,
	// Pages call their own proxies /api/chat too.
	Path:     func(string) bool { return false },
	Opens:    func(keys Keys) bool { return keys.done && keys.model },
	Failing:  `{"error":"$m","code":"$c"}` + "\n",
	member:   ollamaMember,
	conclude: func(f *Fact) { f.Progress = true },
}

func ollamaMember(f *Fact, key []byte) {
	switch string(key) {
	case "done":
		f.Complete = f.c.Peek() == 't'
		f.Done = f.Complete
	case "done_reason":
		f.Finish = f.word()
	case "response":
		f.addText()
	case "thinking":
		f.addReasoning()
	case "prompt_eval_count", "eval_count":
		f.readUsage(key)
	case "message":
		f.c.Object(func(key []byte) {
			switch string(key) {
			case "content":
				f.addText()
			case "thinking":
				f.addReasoning()
			case "tool_calls":
				f.c.Array(func(int) { f.readToolCall(ToolWhole) })
			case "role":
			default:
				f.shows()
			}
		})
	}
}
