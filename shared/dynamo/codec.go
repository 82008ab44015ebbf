package dynamo

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cirruslink/chariot-license/shared/license"
)

// What a license, an activation, an event and a grant look like as items. The
// names of activation attributes are short: an activation with six features must
// stay within 1 KB, the unit that DynamoDB bills.

func encodeLicense(l *license.License) item {
	w := writer(metaKey(l.ID))
	w.text("deployment", string(l.Deployment)).text("state", string(l.State))
	w["seats"], w["used"] = number(int64(l.Seats)), number(int64(l.Used))
	w["features"] = encodeFeatures(l.Features)
	w.time("expires", l.Expires).number("revision", l.Revision).time("created", l.CreatedAt)
	w.text("enforce", string(l.Terms.Enforce)).number("graceDays", int64(l.Terms.GraceDays))
	w.number("contactDays", int64(l.Terms.ContactDays))
	w.binary("keyHash", l.KeyHash[:]).binary("offlineKey", l.OfflineKey[:])
	return item(w)
}

func decodeLicense(it item) license.License {
	r := reader(it)
	l := license.License{
		ID:         license.ID(r.text(PartitionKey)[len("L#"):]),
		Deployment: license.Deployment(r.text("deployment")),
		State:      license.State(r.text("state")),
		Seats:      int(r.number("seats")),
		Used:       int(r.number("used")),
		Features:   decodeFeatures(r.list("features")),
		Expires:    r.time("expires"),
		Revision:   r.number("revision"),
		CreatedAt:  r.time("created"),
		Terms: license.Terms{
			Enforce:     license.Enforcement(r.text("enforce")),
			GraceDays:   int(r.number("graceDays")),
			ContactDays: int(r.number("contactDays")),
		},
	}
	copy(l.KeyHash[:], r.binary("keyHash"))
	copy(l.OfflineKey[:], r.binary("offlineKey"))
	return l
}

func encodeFeatures(features []license.Feature) types.AttributeValue {
	values := make([]types.AttributeValue, len(features))
	for i, f := range features {
		w := writer{"name": text(f.Name)}
		w.time("until", f.Until)
		if f.Metered {
			w["metered"] = &types.AttributeValueMemberBOOL{Value: true}
		}
		values[i] = &types.AttributeValueMemberM{Value: item(w)}
	}
	return list(values)
}

func decodeFeatures(values []types.AttributeValue) []license.Feature {
	features := make([]license.Feature, 0, len(values))
	for _, v := range values {
		if m, ok := v.(*types.AttributeValueMemberM); ok {
			r := reader(m.Value)
			_, metered := r["metered"]
			features = append(features, license.Feature{Name: r.text("name"), Until: r.time("until"), Metered: metered})
		}
	}
	return features
}

func encodeActivation(id license.ID, a *license.Activation) item {
	w := writer(activationKey(id, a.Fingerprint))
	w.text("state", string(a.State)).text("id", string(a.ID))
	w["seq"] = number(a.Sequence) // zero too: conditions compare it
	w.time("at", a.ActivatedAt).time("closed", a.ClosedAt)
	w.text("host", a.Machine.Hostname).text("ver", a.Machine.Version)
	w.text("kid", a.Certificate.KeyID).binary("cert", a.Certificate.Payload).binary("sig", a.Certificate.Signature)
	w.text("moved", string(a.Moved.ID)).text("to", string(a.Moved.To)).text("toId", string(a.Moved.ToID))
	held := make([]string, len(a.Held))
	for i, id := range a.Held {
		held[i] = string(id)
	}
	w.texts("held", held)
	return item(w)
}

func decodeActivation(it item) *license.Activation {
	r := reader(it)
	var held []license.ActivationID
	for _, id := range r.texts("held") {
		held = append(held, license.ActivationID(id))
	}
	return &license.Activation{
		Fingerprint: license.Fingerprint(r.text(SortKey)[len("A#"):]),
		State:       license.ActivationState(r.text("state")),
		ID:          license.ActivationID(r.text("id")),
		Sequence:    r.number("seq"),
		ActivatedAt: r.time("at"),
		ClosedAt:    r.time("closed"),
		Machine:     license.Machine{Hostname: r.text("host"), Version: r.text("ver")},
		Certificate: license.Signed{KeyID: r.text("kid"), Payload: r.binary("cert"), Signature: r.binary("sig")},
		Held:        held,
		Moved: license.Move{
			ID: license.ActivationID(r.text("moved")), To: license.Fingerprint(r.text("to")),
			ToID: license.ActivationID(r.text("toId")),
		},
	}
}

func encodeEvent(id license.ID, e *license.Event) item {
	w := writer(eventKey(id, e.ID))
	w.time("at", e.At).text("kind", string(e.Kind)).text("actor", e.Actor)
	w.text("activation", string(e.Activation)).text("machine", string(e.Machine)).text("host", e.Hostname)
	w.text("reason", e.Reason).texts("changes", e.Changes)
	return item(w)
}

func decodeEvent(it item) license.Event {
	r := reader(it)
	return license.Event{
		ID: license.ULID(r.text(SortKey)[len("E#"):]), At: r.time("at"),
		Kind: license.EventKind(r.text("kind")), Actor: r.text("actor"),
		Activation: license.ActivationID(r.text("activation")),
		Machine:    license.Fingerprint(r.text("machine")), Hostname: r.text("host"),
		Reason: r.text("reason"), Changes: r.texts("changes"),
	}
}

func encodeGrant(id license.ID, g *license.Grant) item {
	w := writer(grantKey(id, g.ID))
	w.time("at", g.At).number("revision", g.Revision).texts("remove", g.Remove)
	w["add"] = encodeFeatures(g.Add)
	return item(w)
}

func decodeGrant(it item) license.Grant {
	r := reader(it)
	return license.Grant{
		ID: r.text(SortKey)[len("G#"):], At: r.time("at"), Revision: r.number("revision"),
		Add: decodeFeatures(r.list("add")), Remove: r.texts("remove"),
	}
}

// merged returns key with the attributes added.
func merged(key, attributes item) item {
	maps.Copy(key, attributes)
	return key
}
