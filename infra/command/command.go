// Package command is what the command-line programs of infra/tools have in common.
package command

import (
	"errors"
	"flag"
	"io/fs"
	"strings"
)

// Verb parses a command line and returns its words: flags may stand before, after
// and between them. It fails as flags.Parse does; the word help is flag.ErrHelp.
func Verb(flags *flag.FlagSet, args []string) (string, error) {
	var words []string
	for {
		if err := flags.Parse(args); err != nil {
			return "", err
		}
		if flags.NArg() == 0 {
			break
		}
		words, args = append(words, flags.Arg(0)), flags.Args()[1:]
	}
	name := strings.Join(words, " ")
	if name == "help" {
		return "", flag.ErrHelp
	}
	return name, nil
}

// Or joins two names or more as a choice: "a, b or c".
func Or(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// Reason leaves out the path of a file's error, which the sentence around it has.
func Reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
