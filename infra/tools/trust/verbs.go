package main

import (
	"cmp"
	"context"

	"github.com/cirruslink/chariot-license/infra/command"
)

// A verb is one thing that the program does.
type verb struct {
	name string
	// what it does, for usage.
	what string
	// flags are those that it takes beside everywhere's.
	flags []string
	// check says what is missing of them; run does it.
	check func(*options) error
	run   func(context.Context, *job) error
}

// verbs is the table of all verbs, in the order of usage.
func verbs() []verb {
	return []verb{
		{"init", "start a draft: with the first signing key, or of what is published",
			[]string{"key", "create", "not-before", "published"}, needsFirst, begin},
		{"next", "announce the next signing key, in the draft",
			[]string{"key", "create", "not-before"}, needsNext, next},
		{"retire", "end the life of a key, in the draft: what it signed stays good",
			[]string{"kid", "key"}, needsOne, retire},
		{"remove", "take a compromised key out of the draft: nothing it signed counts",
			[]string{"kid", "key"}, needsOne, remove},
		{"sign", "sign the draft with a root key",
			[]string{"root", "version"}, needsRoot, sign},
		{"publish", "put the signed bundle where clients get it; the same key signs",
			[]string{"key", "removes"}, needsTable, publish},
		{"use", "let another published key sign from now on",
			[]string{"kid", "key", "now"}, needsOne, use},
		{"show", "show what is published, or the draft; with --root, root keys",
			[]string{"draft", "json", "root"}, needsShow, show},
	}
}

// verbNamed is nil where there is none.
func verbNamed(name string) *verb {
	for _, v := range verbs() {
		if v.name == name {
			return &v
		}
	}
	return nil
}

func verbNames() string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return command.Or(names)
}

func needsTable(o *options) error {
	if o.table == "" && o.local == "" {
		return misused("Say which table: --table NAME, or --local DIR for a local stack.")
	}
	return nil
}

func needsFirst(o *options) error {
	if !o.published {
		return cmp.Or(needsNext(o), needsTable(o))
	}
	if o.kmsKey != "" || o.alias != "" || !o.notBefore.IsZero() {
		return misused("With --published the keys are those of the published bundle; announce another with next.")
	}
	return needsTable(o)
}

func needsNext(o *options) error {
	if (o.kmsKey == "") == (o.alias == "") {
		return misused("Say which KMS key: --key KMSKEY, or --create ALIAS to make one where there is none of this name.")
	}
	return nil
}

func needsOne(o *options) error {
	if (o.kid == "") == (o.kmsKey == "") {
		return misused("Say which key: --kid KID, as trust show prints it, or --key KMSKEY.")
	}
	return needsTable(o)
}

func needsRoot(o *options) error {
	if len(o.roots) != 1 {
		return misused("Say which root key signs: --root KMSKEY, once.")
	}
	return nil
}

func needsShow(o *options) error {
	switch {
	case o.draft && len(o.roots) > 0:
		return misused("Say --draft or --root, not both.")
	case o.draft, len(o.roots) > 0:
		return nil
	}
	return needsTable(o)
}
