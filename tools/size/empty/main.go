// Command empty does nothing: what is in it is Go's runtime.
package main

func main() {}
