package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// support has the functions that the module imports from Go's support code.
const support = "web/src/module/go.ts"

// unused are functions that the module imports and never calls. syscall/js has
// them for lists and maps, which this program passes none of, and for callbacks;
// package syscall for files, which a page has none of.
var unused = []string{
	"syscall/js.copyBytesToJS", "syscall/js.valueIndex", "syscall/js.valueLength",
	"syscall/js.valueSet", "syscall/js.valueSetIndex",
}

// checkSupport looks whether web/src/module/go.ts has the functions that the module
// imports: another Go, or other code, may ask for others.
func checkSupport(imports []string) error {
	source, err := os.ReadFile(support)
	if err != nil {
		return err
	}
	for _, name := range imports {
		if !slices.Contains(unused, name) && !strings.Contains(string(source), `"`+name+`":`) {
			return fmt.Errorf("the module imports %s, which %s does not have", name, support)
		}
	}
	return nil
}
