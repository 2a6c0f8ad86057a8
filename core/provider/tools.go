package provider

import (
	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/internal/resume"
)

// tools is what a reader knows of the tool calls in a reply.
type tools struct {
	// called: a complete call was read.
	called bool
	// open is the call that is being read, from 1; 0 for none.
	open int64
	// id is the hash of that call's id, if it has one.
	id uint64
}

// ToolCall reports whether a complete tool call was read, in this attempt or one
// that it resumes: a page may have run the tool already. Calls of searches and
// the like that a provider makes for itself do not count.
func (r *Reader) ToolCall() bool { return r.tools.called }

// take notes a step of a tool call.
func (t *tools) take(step *dialect.ToolStep) {
	switch step.Kind {
	case dialect.ToolPart:
		// Another call than the one before means that the one before is complete.
		h := t.id
		if len(step.ID) > 0 {
			h = resume.Hash(step.ID, nil)
		}
		if t.open != 0 && (t.open != step.Index+1 || t.id != 0 && t.id != h) {
			t.called = true
		}
		t.open, t.id = step.Index+1, h
	case dialect.ToolWhole:
		t.called = true
	case dialect.ToolEnd, dialect.ToolBroken:
		t.called = t.called || step.Kind == dialect.ToolEnd && t.open != 0
		t.open, t.id = 0, 0
	}
}
