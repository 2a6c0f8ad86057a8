package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/retrystream/retrystream/core/provider"
)

// member is one option of a TypeScript interface, as its source says.
type member struct{ name, typ, doc string }

// generateReference returns docs/options.md: every option with its type, its unit
// and its default, out of the comments in options.gen.ts, options.ts and module.ts.
func generateReference(sources ...string) (string, error) {
	source := strings.Join(sources, "\n")
	var fail error
	read := func(name string) []member {
		list, err := interfaceMembers(source, name)
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("the interface %s has no members", name)
		}
		if err != nil && fail == nil {
			fail = err
		}
		return list
	}
	// What a fetch has of its own takes the place of what a stream has.
	ofFetch := read("RetryFetchOptions")
	var shared, ofStream []member
	for _, m := range slices.Concat(read("RetryOptions"), read("StreamOptions")) {
		if slices.ContainsFunc(ofFetch, func(own member) bool { return own.name == m.name }) {
			ofStream = append(ofStream, m)
		} else {
			shared = append(shared, m)
		}
	}
	var md strings.Builder
	md.WriteString("<!-- Written by `make docs` from the comments in web/src and core/stream. Do not edit. -->\n" +
		"# Options\n\n" +
		"Each may be left out. They stand beside `fetch`'s own in `retryStream(input, init)` and `retryFetch(input, init)`, and alone in `createRetryFetch(options)`. " +
		"An option that does not exist, or cannot work, is a `TypeError` that names it, thrown at once.\n")
	for _, section := range []struct {
		title, intro string
		members      []member
	}{
		{"All three", "", shared},
		{"retryStream only", "", ofStream},
		{"createRetryFetch and retryFetch only", "", ofFetch},
		{"Delays", "The members of `delays`. What a provider asks for is waited in any case, if it is longer.", read("Delays")},
		{"init", "What `init(options)` takes. It loads the module ahead of the first request; without it the module loads with that.", read("InitOptions")},
	} {
		fmt.Fprintf(&md, "\n## %s\n\n", section.title)
		if section.intro != "" {
			md.WriteString(section.intro + "\n\n")
		}
		md.WriteString("| option | type | default | what it is |\n| --- | --- | --- | --- |\n")
		for _, m := range section.members {
			row, err := m.row(source)
			if err != nil && fail == nil {
				fail = err
			}
			md.WriteString(row)
		}
	}
	md.WriteString("\n## Providers\n\nThe values of `provider`, beside `\"auto\"`: ")
	for i, id := range provider.IDs() {
		if i > 0 {
			md.WriteString(", ")
		}
		fmt.Fprintf(&md, "`%q`", id)
	}
	md.WriteString(".\n")
	return md.String(), fail
}

var memberForm = regexp.MustCompile(`(?s)\s*/\*\*(.*?)\*/\s*(?:readonly )?(\w+)\?: ([^\n]*);\n`)

// interfaceMembers reads an interface's own members, each of which has a comment.
func interfaceMembers(source, name string) (list []member, err error) {
	found := regexp.MustCompile(`(?ms)^export interface ` + name + `\b[^\n]*\{\n(.*?)^\}`).FindStringSubmatch(source)
	if found == nil {
		return nil, fmt.Errorf("there is no interface %s", name)
	}
	body := found[1]
	for _, m := range memberForm.FindAllStringSubmatch(body, -1) {
		doc := strings.ReplaceAll(m[1], "\n   *", " ")
		list = append(list, member{name: m[2], typ: m[3], doc: strings.Join(strings.Fields(doc), " ")})
	}
	if rest := strings.TrimSpace(memberForm.ReplaceAllString(body, "")); rest != "" {
		return nil, fmt.Errorf("%s: not understood: %s", name, rest)
	}
	return list, nil
}

// row makes a table's row.
func (m member) row(source string) (string, error) {
	doc, unit, inMs := strings.Cut(m.doc, " In milliseconds")
	typ := m.shownType(source)
	if inMs {
		typ += ", milliseconds"
		if unit == "; Infinity means no limit." {
			doc += " `Infinity` means no limit."
		}
	}
	if inMs != strings.HasSuffix(m.name, "Ms") {
		return "", fmt.Errorf("%s: a duration, and nothing else, has a name that ends in Ms, and says that it is in milliseconds", m.name)
	}
	unset, doc := takeDefault(doc)
	if unset == "" {
		if plain.MatchString(typ) {
			return "", fmt.Errorf("%s: its comment does not say what it is unless set", m.name)
		}
		unset = "none"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", m.name, typ, marked(unset), marked(doc)), nil
}

// plain are the types that have a value even where none was given.
var plain = regexp.MustCompile("^`(number|boolean|\")")

// pages tell where a type is explained.
var pages = []struct{ name, page string }{
	{"BeforeRetry", "javascript.md#beforeretry"},
	{"Fallback", "javascript.md#fallback"},
	{"ChatStream", "javascript.md#status-and-retries"},
	{"Delays", "#delays"},
	{"ProviderID", "#providers"},
}

// shownType returns a type as Markdown.
func (m member) shownType(source string) string {
	typ := strings.TrimSuffix(m.typ, " | undefined")
	if strings.HasPrefix(typ, "(") && strings.HasSuffix(typ, ")") {
		typ = typ[1 : len(typ)-1]
	}
	if alias := regexp.MustCompile(`(?m)^type ` + regexp.QuoteMeta(typ) + ` = (.*);$`).FindStringSubmatch(source); alias != nil {
		typ = alias[1]
	}
	parts := strings.Split(typ, " | ")
	for i, part := range parts {
		parts[i] = "`" + part + "`"
		for _, known := range pages {
			if strings.Contains(part, known.name) {
				parts[i] = "[" + parts[i] + "](" + known.page + ")"
			}
		}
	}
	return strings.Join(parts, ", ")
}

var (
	// A clause ends where its mark is not one of three dots.
	clause    = regexp.MustCompile(`(?s).*?(?:[^.][.;](?: |$)|$)`)
	ifMissing = regexp.MustCompile(` unless (?:set|given)`)
)

// takeDefault parts a comment from the clause that says what holds "unless set".
func takeDefault(doc string) (unset, rest string) {
	for _, part := range clause.FindAllString(doc, -1) {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case unset == "" && ifMissing.MatchString(part):
			unset = lower(strings.TrimRight(ifMissing.ReplaceAllString(part, ""), ".;"))
		default:
			rest += " " + strings.ToUpper(part[:1]) + strings.TrimRight(part[1:], ".;") + "."
		}
	}
	return unset, strings.TrimSpace(rest)
}

// lower makes the beginning of a sentence one of a phrase.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

var (
	quoted = regexp.MustCompile(`"[a-z]+"`)
	link   = regexp.MustCompile(`\{@link (\w+)\}`)
)

// marked returns a comment's text as Markdown.
func marked(doc string) string {
	doc = quoted.ReplaceAllString(doc, "`$0`")
	doc = link.ReplaceAllString(doc, "`$1`")
	return strings.ReplaceAll(doc, "|", `\|`)
}
