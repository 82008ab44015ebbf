package process

import (
	"bytes"
	"io"
	"sync"
)

// maxLine is where a line without an end is cut, so that a program that prints
// without line breaks cannot fill the memory.
const maxLine = 64 << 10

// Shared returns a writer to w that many may use at once: each Write is one.
func Shared(w io.Writer) io.Writer { return &shared{w: w} }

type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// Lines passes what one program prints on to w: whole lines, one Write each,
// each after the program's name. w must bear concurrent use, like Shared.
// A Lines itself serves one writer.
type Lines struct {
	w      io.Writer
	prefix string
	rest   []byte
}

// NewLines returns a Lines whose every line starts with "[name] ".
func NewLines(w io.Writer, name string) *Lines {
	return &Lines{w: w, prefix: "[" + name + "] "}
}

// Write never fails: a log that cannot be written must not end what it logs.
func (l *Lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		switch {
		case end >= 0:
			l.emit(l.rest[:end])
			l.rest = l.rest[end+1:]
		case len(l.rest) >= maxLine:
			l.emit(l.rest[:maxLine])
			l.rest = l.rest[maxLine:]
		default:
			return len(p), nil
		}
	}
}

// Flush passes on a last line that has no end.
func (l *Lines) Flush() {
	if len(l.rest) > 0 {
		l.emit(l.rest)
	}
	l.rest = nil
}

func (l *Lines) emit(line []byte) {
	text := make([]byte, 0, len(l.prefix)+len(line)+1)
	text = append(text, l.prefix...)
	text = append(text, line...)
	_, _ = l.w.Write(append(text, '\n'))
}
