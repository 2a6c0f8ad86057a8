package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
)

// loader gives the source of one package.
type loader func(importPath string) ([]*ast.File, error)

// typeName returns the package and the name of a field's type; no package for one
// of the language's own.
func typeName(pkg string, file *ast.File, expr ast.Expr) (string, string, error) {
	switch t := expr.(type) {
	case *ast.Ident:
		switch t.Name {
		case "int", "float64", "string":
			return "", t.Name, nil
		}
		return pkg, t.Name, nil
	case *ast.SelectorExpr:
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if x, ok := t.X.(*ast.Ident); err == nil && ok && spec.Name == nil && path.Base(imported) == x.Name {
				return imported, t.Sel.Name, nil
			}
		}
	}
	return "", "", errors.New("its type is none for an option")
}

// find returns the declaration of a type and the file it is in.
func (r *optionReader) find(pkg, typ string) (*ast.File, *ast.TypeSpec, error) {
	if r.files[pkg] == nil {
		files, err := r.load(pkg)
		if err != nil {
			return nil, nil, err
		}
		r.files[pkg] = files
	}
	for _, file := range r.files[pkg] {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				if spec := spec.(*ast.TypeSpec); spec.Name.Name == typ {
					return file, spec, nil
				}
			}
		}
	}
	return nil, nil, fmt.Errorf("the package %s has no type %s", path.Base(pkg), typ)
}

// constants lists the constants of a string type, quoted, as they are declared.
func (r *optionReader) constants(pkg, typ string) (list []string) {
	for _, file := range r.files[pkg] {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.ValueSpec)
				if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != typ {
					continue
				}
				for _, value := range spec.Values {
					if literal, ok := value.(*ast.BasicLit); ok && literal.Kind == token.STRING {
						list = append(list, literal.Value)
					}
				}
			}
		}
	}
	return list
}

// loadSource reads a package of this project.
func loadSource(importPath string) ([]*ast.File, error) {
	pkg, err := build.Import(importPath, ".", 0)
	if err != nil {
		return nil, err
	}
	files := make([]*ast.File, len(pkg.GoFiles))
	for i, name := range pkg.GoFiles {
		files[i], err = parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
