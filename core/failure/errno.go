//go:build unix || windows

package failure

import (
	"runtime"
	"syscall"
)

// errno returns what a number of the operating system means, whatever the language
// of its text.
func errno(err error) fact {
	n, ok := err.(syscall.Errno)
	if !ok {
		return unknown
	}
	switch n {
	case syscall.ETIMEDOUT:
		return late
	case syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ECONNABORTED, syscall.EPIPE,
		syscall.ENETUNREACH, syscall.ENETDOWN, syscall.ENETRESET, syscall.EHOSTUNREACH, syscall.EHOSTDOWN,
		syscall.ENOTCONN, syscall.ESHUTDOWN, syscall.EPROTO,
		// The machine has no more of something, for now. An address that is not
		// available is mostly a port that is still in use.
		syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EAGAIN, syscall.EINTR, syscall.EALREADY, syscall.EINPROGRESS:
		return lost
	case syscall.EACCES, syscall.EPERM, // a firewall of this machine, and it stays
		syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.EINVAL:
		return final
	}
	if runtime.GOOS == "windows" {
		switch n {
		case 64, 109: // ERROR_NETNAME_DELETED, ERROR_BROKEN_PIPE
			return lost
		case 121: // ERROR_SEM_TIMEOUT
			return late
		}
	}
	return windowsError(int(n))
}
