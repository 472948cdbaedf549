package triage
import ("testing";"tanggap/internal/text";"strings")
func TestZZ(t *testing.T){
 pack,_:=baubau()
 var seeds []text.Example
 voices:=map[string]int{}
 for _,s:=range pack.Seeds{ seeds=append(seeds,text.Example{Text:s.Text,Label:s.Service,Group:s.Voice}); voices[s.Voice]++}
 var nk, each, help, emer []text.Example
 for _,s:=range pack.Services{
  nk=append(nk,text.Example{Text:s.Name+" "+strings.Join(s.Keywords," "),Label:s.Code})
  each=append(each,text.Example{Text:s.Name,Label:s.Code})
  for _,k:=range s.Keywords{each=append(each,text.Example{Text:k,Label:s.Code})}
  if s.Help!=""{help=append(help,text.Example{Text:s.Help,Label:s.Code})}
 }
 for _,w:=range pack.Emergency{ if w.Service!=""&&w.Group!="help"{ emer=append(emer,text.Example{Text:strings.NewReplacer("*","","~","").Replace(w.Phrase),Label:w.Service})}}
 cat:=func(l ...[]text.Example)(o []text.Example){for _,x:=range l{o=append(o,x...)};return}
 for name,extra:=range map[string][]text.Example{"none":nil,"nk":nk,"each":each,"nk+each":cat(nk,each),"nk+help":cat(nk,help),"each+emer":cat(each,emer),"nk+emer":cat(nk,emer)}{
 opt:=text.Options{Floor:1}
 ok,top3,n:=0,0,0
 hi,hiok,over:=0,0,0.0
 for v:=range voices{
  in:=append([]text.Example{},extra...); var out []text.Example
  for _,e:=range seeds{ if e.Group==v{out=append(out,e)}else{in=append(in,e)}}
  m,err:=text.Train(in,opt); if err!=nil{t.Fatal(err)}
  for _,e:=range out{ r:=m.Classify(e.Text); n++
   if r.Top[0].P>=.85{hi++; if r.Top[0].Label==e.Label{hiok++}}
   over+=r.Top[0].P
   if r.Top[0].Label==e.Label{ok++}
   for _,c:=range r.Top[:3]{if c.Label==e.Label{top3++}}}
 }
 t.Logf("%s acc %.3f top3 %.3f n=%d hi %d prec %.3f meanP %.3f",name,float64(ok)/float64(n),float64(top3)/float64(n),n,hi,float64(hiok)/float64(hi),over/float64(n))
 }
}
