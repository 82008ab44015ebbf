package certificate
import "testing"
func TestZZ(t *testing.T) { for s := range 8 { for range trials(uint64(s)+100, 60000) {} } }
