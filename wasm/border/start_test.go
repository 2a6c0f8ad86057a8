package border_test

import (
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/wasm/border"
)

// place puts texts after a Start, and returns them.
func place(texts map[*border.Text]string) (after []byte) {
	for field, text := range texts {
		*field = border.Text{From: float64(int(unsafe.Sizeof(border.Start{})) + len(after))}
		after = append(after, text...)
		field.To = field.From + float64(len(text))
	}
	return after
}

func TestStartBringsEveryOption(t *testing.T) {
	var s border.Start
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Float64 {
			v.Field(i).SetFloat(float64(i + 1))
		}
	}
	after := place(map[*border.Text]string{
		&s.URL: "https://a.example/é", &s.Provider: "openai", &s.Partial: "resume", &s.Jitter: "full", &s.RoomKey: "key",
	})
	s.Sent = 1
	b := append([]byte{}, unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s))...)
	b = append(b, after...)

	got := border.ReadStart(b)
	assert.Equal(t, s, got)
	assert.Equal(t, "key", got.RoomKey.In(b))
	opts := got.Options(b)
	assert.Equal(t, "https://a.example/é", opts.URL)
	assert.Equal(t, "openai", opts.Provider)
	assert.Equal(t, stream.PartialResume, opts.Partial)
	assert.Equal(t, retry.Jitter("full"), opts.Delays.Jitter)
	assert.Equal(t, time.Duration(s.SilenceTimeoutMs)*time.Millisecond, opts.SilenceTimeout)
	allGiven(t, reflect.ValueOf(opts), map[any]string{})
}

// allGiven asserts that no option of a page's is left out, and no two were mixed up.
func allGiven(t *testing.T, v reflect.Value, seen map[any]string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if _, is := field.Tag.Lookup("option"); !is {
			continue
		}
		if v.Field(i).Kind() == reflect.Struct {
			allGiven(t, v.Field(i), seen)
			continue
		}
		assert.False(t, v.Field(i).IsZero(), "%s does not cross the border", field.Name)
		value := v.Field(i).Interface()
		if other, is := seen[value]; is {
			assert.Fail(t, "two options got the same value", "%s and %s", field.Name, other)
		}
		seen[value] = field.Name
	}
}

func TestDuration(t *testing.T) {
	assert.Equal(t, 1500*time.Microsecond, border.Duration(1.5))
	assert.Equal(t, time.Duration(-1), border.Duration(1e13))
}
