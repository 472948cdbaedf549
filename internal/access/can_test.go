package access

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const me, other = "officer-1", "officer-2"

// TestMatrix holds the whole policy, role × verb × object, against a golden table,
// so that no change of it goes unseen.
func TestMatrix(t *testing.T) {
	objects := []struct {
		name string
		obj  Object
	}{
		{"own", Object{Region: "R", Unit: "A"}},
		{"other unit", Object{Region: "R", Unit: "B"}},
		{"triage", Object{Region: "R", Unit: "T", Triage: true}},
		{"secret", Object{Region: "R", Unit: "A", Secret: true, OfficerID: other}},
		{"secret, mine", Object{Region: "R", Unit: "A", Secret: true, OfficerID: me}},
		{"secret, triage", Object{Region: "R", Unit: "T", Triage: true, Secret: true}},
		{"anonymous", Object{Region: "R", Unit: "A", Anonymous: true}},
		{"other region", Object{Region: "S", Unit: "A"}},
		{"region", Object{Region: "R"}},
	}
	var b strings.Builder
	for _, role := range Roles {
		for _, unit := range []string{"A", ""} {
			fmt.Fprintf(&b, "%s in %q\n", role, unit)
			actor := Actor{ID: me, Grants: []Grant{{Role: role, Region: "R", Unit: unit}}}
			for _, o := range objects {
				var can []string
				for _, v := range Verbs {
					if Can(actor, v, o.obj) {
						can = append(can, string(v))
					}
				}
				if len(can) == 0 {
					can = []string{"-"}
				}
				fmt.Fprintf(&b, "  %-14s %s\n", o.name, strings.Join(can, " "))
			}
		}
	}
	const golden = "testdata/matrix.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the matrix changed; look at it and run UPDATE=1 go test:\n%s", b.String())
	}
}

func TestNobodyMayDoAnything(t *testing.T) {
	obj := Object{Region: "R", Unit: "A"}
	head := Grant{Role: UnitHead, Region: "R", Unit: "A"}
	for name, actor := range map[string]Actor{
		"nobody":          {},
		"no id":           {Grants: []Grant{head}},
		"no grants":       {ID: me},
		"unknown role":    {ID: me, Grants: []Grant{{Role: "root", Region: "R"}}},
		"head of nothing": {ID: me, Grants: []Grant{{Role: UnitHead, Region: "R"}}},
	} {
		for _, v := range Verbs {
			if Can(actor, v, obj) {
				t.Errorf("%s may %s", name, v)
			}
		}
	}
	if Can(Actor{ID: me, Grants: []Grant{head}}, CaseRead, Object{Unit: "A"}) || Can(Actor{ID: me, Grants: []Grant{head}}, "case.destroy", obj) {
		t.Error("an object without region, or an unknown verb, is allowed")
	}
}

func genGrant() *rapid.Generator[Grant] {
	return rapid.Custom(func(t *rapid.T) Grant {
		return Grant{Role: rapid.SampledFrom(Roles).Draw(t, "role"), Region: rapid.SampledFrom([]string{"R", "S"}).Draw(t, "region"),
			Unit: rapid.SampledFrom([]string{"", "A", "B", "T"}).Draw(t, "unit")}
	})
}

func genObject() *rapid.Generator[Object] {
	return rapid.Custom(func(t *rapid.T) Object {
		o := Object{Region: rapid.SampledFrom([]string{"R", "S"}).Draw(t, "region"), Unit: rapid.SampledFrom([]string{"A", "B", "T"}).Draw(t, "unit"),
			Secret: rapid.Bool().Draw(t, "secret"), Anonymous: rapid.Bool().Draw(t, "anonymous"),
			OfficerID: rapid.SampledFrom([]string{"", me, other}).Draw(t, "officer")}
		o.Triage = o.Unit == "T"
		return o
	})
}

// TestRestrictionsNeverReveal holds that whatever is taken from an actor or hidden in
// an object never allows more than before.
func TestRestrictionsNeverReveal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actor := Actor{ID: me, Grants: rapid.SliceOfN(genGrant(), 0, 4).Draw(t, "grants")}
		obj := genObject().Draw(t, "object")
		verb := rapid.SampledFrom(Verbs).Draw(t, "verb")
		less, hidden := actor, obj
		switch rapid.IntRange(0, 5).Draw(t, "restriction") {
		case 0:
			hidden.Secret = true
		case 1:
			hidden.Anonymous = true
		case 2:
			if hidden.OfficerID == me {
				hidden.OfficerID = other
			}
		case 3:
			if len(actor.Grants) > 0 {
				less.Grants = actor.Grants[1:]
			}
		case 4: // from the whole region to one unit
			less.Grants = nil
			for _, g := range actor.Grants {
				if g.Unit == "" && !g.Role.Bound() {
					g.Unit = "A"
				}
				less.Grants = append(less.Grants, g)
			}
		case 5:
			less = Actor{ID: me}
		}
		if Can(less, verb, hidden) && !Can(actor, verb, obj) {
			t.Fatalf("%+v may %s %+v, but %+v may not %+v", less, verb, hidden, actor, obj)
		}
		if obj.Anonymous && Can(actor, CaseReveal, obj) {
			t.Fatal("an anonymous reporter was revealed")
		}
	})
}

// TestOpenerOpensOneCase holds that what is opened for a time is that case and no other,
// and only to look at.
func TestOpenerOpensOneCase(t *testing.T) {
	actor := Actor{ID: me, Grants: []Grant{{Role: Coordinator, Region: "R"}, {Role: Opener, Region: "R", Case: "c1"}}}
	secret := Object{Region: "R", ID: "c1", Unit: "A", Secret: true}
	for _, v := range Verbs {
		want := v == CaseRead || v == CaseNote || v == CaseReveal || v == WordsReveal || v == AttachmentRead || v == AlarmAck || v == CaseUnseal
		if got := Can(actor, v, secret); got != want {
			t.Errorf("%s on the opened case: %v", v, got)
		}
		other := secret
		other.ID = "c2"
		if got := Can(actor, v, other); got != (v == AlarmAck || v == CaseUnseal) {
			t.Errorf("%s on another secret case: %v", v, got)
		}
		// For good nobody is this.
		if Can(Actor{ID: me, Grants: []Grant{{Role: Opener, Region: "R"}}}, v, secret) {
			t.Errorf("%s by an opener of nothing", v)
		}
	}
	hidden := secret
	hidden.Anonymous = true
	if Can(actor, CaseReveal, hidden) {
		t.Error("an anonymous reporter is revealed")
	}
	if (Grant{Role: Opener, Region: "R"}).Check() == nil {
		t.Error("an admin can grant it")
	}
}
