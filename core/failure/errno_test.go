//go:build unix || windows

package failure

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

var errnos = map[string]syscall.Errno{
	"EACCES": syscall.EACCES, "EADDRNOTAVAIL": syscall.EADDRNOTAVAIL, "ECONNABORTED": syscall.ECONNABORTED,
	"ECONNREFUSED": syscall.ECONNREFUSED, "ECONNRESET": syscall.ECONNRESET, "EHOSTDOWN": syscall.EHOSTDOWN,
	"EHOSTUNREACH": syscall.EHOSTUNREACH, "EMFILE": syscall.EMFILE, "ENETDOWN": syscall.ENETDOWN,
	"ENETUNREACH": syscall.ENETUNREACH, "ENFILE": syscall.ENFILE, "ENOBUFS": syscall.ENOBUFS,
	"ENOTCONN": syscall.ENOTCONN, "EPERM": syscall.EPERM, "EPIPE": syscall.EPIPE, "ETIMEDOUT": syscall.ETIMEDOUT,
}

// systemError makes the chain that package net makes around an error number.
func systemError(name string) error {
	errno := errnos[name]
	if n, err := strconv.Atoi(name); err == nil {
		errno = syscall.Errno(n) // Windows', which other systems can hold
	}
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errno)}
}

// translated is a chain whose text is in another language, as on Windows.
type translated struct{ error }

func (translated) Error() string   { return "Vorgang fehlgeschlagen" }
func (e translated) Unwrap() error { return e.error }

func TestNumbersBeatWords(t *testing.T) {
	for name := range errnos {
		plain := ClassifyAttempt(systemError(name))
		other := ClassifyAttempt(translated{systemError(name)})
		assert.Equal(t, plain.Kind, other.Kind, name)
		assert.Equal(t, plain.Retryable, other.Retryable, name)
	}
	// Two addresses were tried; one will never do.
	both := errors.Join(systemError("ENETUNREACH"), &net.DNSError{Err: "quota exceeded", IsNotFound: true})
	assert.False(t, Classify(both).Retryable)
	assert.Equal(t, Network, Classify(both).Kind)
	slow := Classify(&net.DNSError{Err: "no such host", Name: "api.example.com", IsTimeout: true})
	assert.Equal(t, Timeout, slow.Kind)
	assert.True(t, slow.Retryable)
	if runtime.GOOS == "windows" {
		assert.True(t, ClassifyAttempt(syscall.Errno(64)).Retryable)
	}
}

// TestPanicIsAMistake: one that somebody caught, wherever it was.
func TestPanicIsAMistake(t *testing.T) {
	none := []int{}
	err := caught(func() { _ = none[len(errnos)] })
	assert.False(t, ClassifyAttempt(fmt.Errorf("recovered: %w", err)).Retryable)
}

func caught(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}
