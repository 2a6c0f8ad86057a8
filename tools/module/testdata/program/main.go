// Command program uses what the runtime looks up about functions: it grows
// stacks, collects garbage with pointers on them, recovers and, at the end,
// dies of a panic.
package main

import "runtime"

type node struct {
	next  *node
	value int
}

// deep fills many frames with pointers, and collects garbage at the bottom.
func deep(n int, list *node) int {
	list = &node{list, n}
	if n == 0 {
		runtime.GC()
		sum := 0
		for ; list != nil; list = list.next {
			sum += list.value
		}
		return sum
	}
	sum := deep(n-1, list)
	if list.value != n {
		panic("a frame lost its pointer")
	}
	return sum
}

func recovered(f func()) (reason any) {
	defer func() { reason = recover() }()
	f()
	return nil
}

//go:noinline
func fatal() {
	panic("on purpose")
}

//go:noinline
func last(code int) int {
	fatal()
	return code
}

func main() {
	sums := make(chan int)
	for range 4 {
		go func() { sums <- deep(5000, nil) }()
	}
	for range 4 {
		println("sum", <-sums)
	}
	var list *node
	_, failed := recovered(func() { list.value++ }).(runtime.Error)
	println("recovered", failed)
	last(7)
}
