package chattest

import (
	"net"
	"syscall"
	"time"
	"unsafe"
)

// drain waits until the peer has acknowledged all that was written: a reset
// would throw away the rest. It gives up after a second, for a peer that does
// not read.
func drain(conn net.Conn) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	for range 1000 {
		left := unacknowledged(raw)
		if left <= 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// unacknowledged asks the system for the bytes in the send queue; it returns -1
// where the system does not say.
func unacknowledged(raw syscall.RawConn) int {
	// TIOCOUTQ on a socket is SIOCOUTQ.
	var queued int32
	var errno syscall.Errno
	err := raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&queued)))
	})
	if err != nil || errno != 0 {
		return -1
	}
	return int(queued)
}
