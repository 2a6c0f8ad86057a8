package provider

import "bytes"

// tools is what a reader knows of the tool calls in a reply.
type tools struct {
	// called: a complete call was read.
	called bool
	// open is the call that is being read, from 1; 0 for none. id is the hash of its
	// id, if it has one.
	open int64
	id   uint64
}

// ToolCall tells whether a complete tool call was read, in this attempt or one
// that it resumes: a page may have run the tool already. Calls of searches and
// the like that a provider makes for itself do not count.
func (r *Reader) ToolCall() bool { return r.tools.called }

// begin notes that a tool call's part was read. Another call than the one before
// means that the one before is complete.
func (t *tools) begin(index int64, id []byte) {
	h := t.id
	if len(id) > 0 {
		h = hash(id, nil)
	}
	if t.open != 0 && (t.open != index+1 || t.id != 0 && t.id != h) {
		t.called = true
	}
	t.open, t.id = index+1, h
}

// end notes that nothing more comes of the call that is being read.
func (t *tools) end(complete bool) {
	t.called = t.called || complete && t.open != 0
	t.open, t.id = 0, 0
}

// isToolItem tells whether a Responses item is a tool call that has an effect
// outside of the reply.
func isToolItem(typ []byte) bool {
	switch string(typ) {
	case "web_search_call", "file_search_call", "image_generation_call", "code_interpreter_call":
		return false
	}
	return bytes.HasSuffix(typ, []byte("_call"))
}
