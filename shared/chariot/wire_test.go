package chariot

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// A wire is what a server writes to a connection, bytes as they are.
type wire struct {
	name, answer string
	// finds is in what Diagnose finds; empty: all is well.
	finds string
	// pause is how long the server waits after every few bytes.
	pause time.Duration
}

const (
	cutOff, odd, slow, useless = "was cut before the answer came", "failed: ", "does not answer in time", "is of no use"
)

func wires(bundle string) []wire {
	body := fmt.Sprintf(`{"trustBundle":%q}`, bundle)
	sized := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	chunked := ok + "Transfer-Encoding: chunked\r\n\r\n"
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	var crumbs strings.Builder
	for _, c := range body {
		crumbs.WriteString(chunk(string(c)))
	}
	return []wire{
		{"with a length", ok + sized, "", 0},
		{"until the end", ok + "\r\n" + body, "", 0},
		{"of HTTP/1.0", strings.Replace(ok, "1.1", "1.0", 1) + "\r\n" + body, "", 0},
		{"without a reason", strings.Replace(ok, " OK", "", 1) + sized, "", 0},
		{"in line feeds alone", strings.ReplaceAll(ok+sized, "\r\n", "\n"), "", 0},
		{"more than its length", ok + "Connection: close\r\n" + sized + "more", "", 0},
		{"in one chunk", chunked + chunk(body) + "0\r\n\r\n", "", 0},
		{"in chunks of one byte", chunked + crumbs.String() + "0\r\n\r\n", "", 0},
		{"in chunks with extensions and a trailer", chunked + strings.Replace(chunk(body), "\r\n", ";a=b\r\n", 1) + "0\r\nX: y\r\n\r\n", "", 0},
		{"after a provisional one", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + sized, "", 0},
		{"with headers in small letters, and twice", "HTTP/1.1 200 OK\r\ncontent-type:application/json\r\ncontent-type: text/html\r\n" + sized, "", 0},
		{"with a folded header", ok + "X: a\r\n b\r\n" + sized, "", 0},
		{"with a long header", ok + "X: " + strings.Repeat("x", 60_000) + "\r\n" + sized, "", 0},
		{"slowly, but in time", ok + "\r\n" + body, "", time.Millisecond / 2},

		{"nothing", "", cutOff, 0},
		{"half the headers", ok + "X: ", cutOff, 0},
		{"half the body", ok + sized[:len(sized)-1], cutOff, 0},
		{"half a chunk", chunked + chunk(body)[:9], cutOff, 0},
		{"no last chunk", chunked + chunk(body), cutOff, 0},
		{"another protocol", "220 mail.example.com ESMTP\r\n", odd, 0},
		{"a banner without an end", strings.Repeat("x", 100_000), odd, 0},
		{"HTTP/2 that nobody asked for", "HTTP/2 200\r\n\r\n", odd, 0},
		{"a status that is none", "HTTP/1.1 2x0 OK\r\n\r\n", odd, 0},
		{"a header without a name", ok + ": x\r\n" + sized, odd, 0},
		{"a header without a colon", ok + "hello\r\n" + sized, odd, 0},
		{"a length that is none", ok + "Content-Length: ten\r\n\r\n" + body, odd, 0},
		{"a negative length", ok + "Content-Length: -1\r\n\r\n" + body, odd, 0},
		{"two lengths", ok + "Content-Length: 5\r\n" + sized, odd, 0},
		{"chunks without a length", chunked + "\r\n" + body, odd, 0},
		{"chunks with a length that is none", chunked + "zz\r\n" + body, odd, 0},
		{"chunks of more than their length", chunked + "1\r\n" + body + "\r\n0\r\n\r\n", odd, 0},
		{"a coding that nobody asked for", ok + "Transfer-Encoding: br, chunked\r\n\r\n" + chunk(body) + "0\r\n\r\n", odd, 0},
		{"a length far above all", ok + "Content-Length: 99999999999\r\n\r\n" + strings.Repeat(" ", maxAnswer+1), useless, 0},
		{"a body without an end", ok + "\r\n" + strings.Repeat(" ", maxAnswer+1), useless, 0},
		{"a chunk far above all", chunked + "7fffffffffff\r\n" + strings.Repeat(" ", maxAnswer+1), useless, 0},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", useless, 0},
		{"a status of its own", "HTTP/1.1 999 Go away\r\n\r\n", "is out of order", 0},
		{"a status line that drips", ok + sized, slow, 100 * time.Millisecond},
		{"a body that drips", ok + "\r\n" + strings.Repeat(" ", 100_000), slow, 2 * time.Millisecond},
	}
}

// What any server may write, read alike by both clients, and never for longer than
// a try may take.
func TestWire(t *testing.T) {
	signer, root := licensetest.NewSigner(t), licensetest.NewSigner(t)
	java := startJava(t)
	for _, w := range wires(root.Bundle(t, 1, signer.Trusted())) {
		left := make(chan bool, 2)
		server := listen(t, func(c net.Conn) { go w.write(c, left) })
		said := map[string]string{}
		for name, c := range map[string]client{"Go": &goClient{T: t}, "Java": java} {
			c.do(order{Do: "open", Dir: t.TempDir(), Server: "http://" + server, Roots: root.Roots(), TryMillis: 1000, MachineID: "a"})
			begun := time.Now()
			found := c.do(order{Do: "diagnose"}).Findings
			if len(found) != 1 || found[0].Good != (w.finds == "") || !strings.Contains(found[0].Sentence, w.finds) {
				t.Errorf("%s, in %s: found %+v, want %q", w.name, name, found, w.finds)
				continue
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("%s, in %s: took %v", w.name, name, took)
			}
			if w.finds == slow {
				select {
				case <-left:
				case <-time.After(5 * time.Second):
					t.Errorf("%s, in %s: the connection is still there", w.name, name)
				}
			}
			said[name] = same(found[0].Sentence)
			c.do(order{Do: "close"})
		}
		if said["Go"] != said["Java"] {
			t.Errorf("%s: Go says %s\nJava says %s", w.name, said["Go"], said["Java"])
		}
	}
}

// write reads the request, answers, and hangs up. It tells if the client does so before.
func (w wire) write(c net.Conn, left chan<- bool) {
	defer c.Close()
	if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
		return
	}
	if w.pause == 0 {
		_, _ = c.Write([]byte(w.answer))
		return
	}
	for few := range slices.Chunk([]byte(w.answer), 7) {
		if _, err := c.Write(few); err != nil {
			left <- true
			return
		}
		time.Sleep(w.pause)
	}
}
