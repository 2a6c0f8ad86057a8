package module

import "fmt"

// Pack rewrites a compiled program so that it compresses better; what it does
// stays the same.
//
// The linker leaves runs of zeros out of the data by cutting it into segments.
// There are tens of thousands, each with an address that does not compress; in
// one segment the zeros cost next to nothing. And the tables that tell the
// source line of each instruction are dropped. Where they cannot be, because
// another version of Go lays them out differently, the error wraps [ErrLines]
// and the module is packed but for them.
func Pack(module []byte) (packed []byte, err error) {
	var lines error
	packed, err = mapSections(module, func(id byte, contents []byte) ([]byte, error) {
		if id != sectionData {
			return contents, nil
		}
		data, err := readData(contents)
		if err != nil {
			return nil, err
		}
		lines = dropLines(data.bytes)
		return data.section(), nil
	})
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return packed, lines
}
