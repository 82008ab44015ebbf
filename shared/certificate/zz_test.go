package certificate
import ("testing";"runtime/debug";"math/rand/v2";"strings";"fmt")
func TestZZ(t *testing.T) { 
 seen := map[string]int{}
 for i, ways := range [][]spoiling{bundleSpoilings(), certificateSpoilings()} {
 r := rand.New(rand.NewPCG(7,7))
 for range 60 { w := newWorld(r)
 for _, a := range ways { for _, b := range ways {
   if i == 1 && r.IntN(3) > 0 { continue }
   func() { defer func(){ if e := recover(); e != nil { 
      s := string(debug.Stack()); i := strings.Index(s, "panic("); lines := strings.Split(s[i:], "\n"); seen[fmt.Sprint(e," ",lines[4]," ",lines[5],lines[6],lines[7])]++ } }()
      d := *w; d.certify(r); a.spoil(r,&d); b.spoil(r,&d); d.bundle.compact(); d.cert.compact()
   }() } } } }
 for k, n := range seen { fmt.Println(n, k) }
}
