package main

import (
	"errors"
	"fmt"
	"go/ast"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// optionReader reads options from Go's source.
type optionReader struct {
	load  loader
	files map[string][]*ast.File
	// seen holds the names so far. They are unique even across objects, because
	// the module takes them flat.
	seen map[string]bool
}

// fields reads the tagged fields of a struct type. inner is true for the members
// of an option.
func (r *optionReader) fields(pkg, typ string, inner bool) (options []option, err error) {
	file, spec, err := r.find(pkg, typ)
	if err != nil {
		return nil, err
	}
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil, fmt.Errorf("%s.%s is not a struct", path.Base(pkg), typ)
	}
	for _, field := range fields.Fields.List {
		name := "an embedded field"
		if len(field.Names) > 0 {
			name = field.Names[0].Name
		}
		o, tagged, err := r.field(pkg, file, field, inner)
		if err != nil {
			return nil, fmt.Errorf("%s.%s.%s: %w", path.Base(pkg), typ, name, err)
		}
		if tagged {
			options = append(options, o)
		}
	}
	if len(options) == 0 {
		return nil, fmt.Errorf("%s.%s has no field with an option tag", path.Base(pkg), typ)
	}
	return options, nil
}

var optionName = regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)

// field reads one field; tagged is false if it is none of TypeScript's.
func (r *optionReader) field(pkg string, file *ast.File, field *ast.Field, inner bool) (o option, tagged bool, err error) {
	if field.Tag == nil {
		return o, false, nil
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return o, false, err
	}
	name, tagged := reflect.StructTag(tag).Lookup("option")
	name, orNone := strings.CutSuffix(name, ",orNone")
	switch {
	case !tagged && strings.Contains(tag, "option"):
		return o, false, fmt.Errorf("the tag %s is malformed", field.Tag.Value)
	case !tagged:
		return o, false, nil
	case !optionName.MatchString(name):
		return o, false, fmt.Errorf("%q is not a name for an option", name)
	case r.seen[name]:
		return o, false, fmt.Errorf("there is an option %q already", name)
	case len(field.Names) != 1:
		return o, false, errors.New("an option is one field with one name")
	}
	r.seen[name] = true
	o = option{name: name, doc: sentences(field.Doc.Text(), field.Names[0].Name)}
	if o.doc == "" {
		return o, false, errors.New("it has no comment for TypeScript")
	}
	if err := r.resolve(&o, pkg, file, field.Type, inner); err != nil {
		return o, false, err
	}
	if orNone {
		if o.kind != `"count"` {
			return o, false, errors.New("only a number that counts can be none")
		}
		o.kind, o.doc = `"limit"`, o.doc+" 0 switches it off."
	}
	if (o.kind == "\"milliseconds\"" || o.kind == "\"delay\"") != strings.HasSuffix(name, "Ms") {
		return o, false, fmt.Errorf("a duration, and nothing else, has a name that ends in Ms, unlike %q", name)
	}
	return o, true, nil
}

// resolve fills in what follows from the field's type.
func (r *optionReader) resolve(o *option, pkg string, file *ast.File, expr ast.Expr, inner bool) error {
	pkg, typ, err := typeName(pkg, file, expr)
	if err != nil {
		return err
	}
	o.value = "number"
	switch {
	case pkg == "time" && typ == "Duration" && inner:
		o.typ, o.kind = "number", `"delay"`
		o.doc += " In milliseconds."
	case pkg == "time" && typ == "Duration":
		o.typ, o.kind = "number", `"milliseconds"`
		o.doc += " In milliseconds; Infinity means no limit."
	case typ == "int":
		o.typ, o.kind = "number", `"count"`
	case typ == "float64":
		o.typ, o.kind = "number", `"factor"`
	case typ == "string" && o.name == "provider":
		o.typ, o.kind, o.value = `"auto" | ProviderID`, `["auto", ...providers]`, "string"
	case !strings.HasPrefix(pkg, module):
		return fmt.Errorf("the type %s is none for an option", typ)
	default:
		return r.named(o, pkg, typ, inner)
	}
	return nil
}

// named resolves one of our own types: a struct of options, or a string with
// constants.
func (r *optionReader) named(o *option, pkg, typ string, inner bool) error {
	_, spec, err := r.find(pkg, typ)
	if err != nil {
		return err
	}
	if _, ok := spec.Type.(*ast.StructType); ok && !inner {
		o.typ = typ
		o.members, err = r.fields(pkg, typ, true)
		return err
	}
	if under, ok := spec.Type.(*ast.Ident); !ok || under.Name != "string" {
		return fmt.Errorf("the type %s is none for an option", typ)
	}
	list := r.constants(pkg, typ)
	if len(list) == 0 {
		return fmt.Errorf("the type %s has no constants", typ)
	}
	o.typ, o.kind, o.value = strings.Join(list, " | "), "["+strings.Join(list, ", ")+"]", "string"
	return nil
}

var (
	inGo     = regexp.MustCompile(`(^|[.!?]) ?In Go\b.*`)
	itsBegin = regexp.MustCompile(`^(is|are|says) `)
)

// sentences makes TypeScript's comment out of a field's: without the Go name that
// it begins with, and up to a sentence that begins with "In Go".
func sentences(doc, name string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	if rest, ok := strings.CutPrefix(doc, name+" "); ok {
		doc = itsBegin.ReplaceAllString(rest, "")
	}
	if doc = inGo.ReplaceAllString(doc, "$1"); doc == "" {
		return ""
	}
	return strings.ReplaceAll(strings.ToUpper(doc[:1])+doc[1:], "*/", "*\\/")
}
