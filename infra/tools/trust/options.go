package main

import (
	"flag"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/infra/command"
)

// options are the command line, checked.
type options struct {
	verb *verb

	// Where it works.
	table, local   string
	file, rootKeys string

	// What the verbs take.
	kmsKey, alias, kid string
	notBefore          time.Time
	version            int64
	roots, removes     []string
	now, published     bool
	draft, json        bool
}

// everywhere are the flags that every verb takes.
var everywhere = []string{"table", "local", "file", "root-keys"}

// flagSet has all flags of all verbs.
func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("trust", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.table, "table", "", "")
	flags.StringVar(&o.local, "local", "", "")
	flags.StringVar(&o.file, "file", "", "")
	flags.StringVar(&o.rootKeys, "root-keys", "", "")
	flags.StringVar(&o.kmsKey, "key", "", "")
	flags.StringVar(&o.alias, "create", "", "")
	flags.StringVar(&o.kid, "kid", "", "")
	flags.Int64Var(&o.version, "version", 0, "")
	flags.BoolVar(&o.now, "now", false, "")
	flags.BoolVar(&o.published, "published", false, "")
	flags.BoolVar(&o.draft, "draft", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.Func("not-before", "", func(text string) (err error) {
		o.notBefore, err = time.Parse(time.RFC3339, text)
		return err
	})
	appendTo := func(list *[]string) func(string) error {
		return func(text string) error { *list = append(*list, text); return nil }
	}
	flags.Func("root", "", appendTo(&o.roots))
	flags.Func("removes", "", appendTo(&o.removes))
	return flags
}

// parse reads the command line. Flags may stand before and after the verb.
func parse(args []string) (*options, error) {
	o := &options{}
	flags := o.flagSet()
	name, err := command.Verb(flags, args)
	if err == flag.ErrHelp {
		return nil, err
	} else if err != nil {
		return nil, misused("%v. Run trust help to see all flags.", err)
	}
	if o.file == "" {
		o.file = filepath.Join(o.local, "trust.json")
	}
	o.verb = verbNamed(name)
	var given []string
	flags.Visit(func(f *flag.Flag) { given = append(given, f.Name) })
	return o, o.check(name, given)
}

// check says what is missing, or too much, with the words of the command line.
func (o *options) check(name string, given []string) error {
	switch {
	case name == "":
		return misused("Say what to do: %s. Run trust help for more.", verbNames())
	case o.verb == nil:
		return misused("There is no %q: it is one of %s. Run trust help for more.", name, verbNames())
	case o.table != "" && o.local != "":
		return misused("Say --table for AWS or --local for a local stack, not both.")
	}
	for _, flag := range given {
		if !slices.Contains(everywhere, flag) && !slices.Contains(o.verb.flags, flag) {
			return misused("%s takes no --%s. Run trust help for more.", name, flag)
		}
	}
	return o.verb.check(o)
}

// signed is where the signed bundle is: beside the draft.
func (o *options) signed() string { return strings.TrimSuffix(o.file, ".json") + ".jws" }
