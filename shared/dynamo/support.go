package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// Write implements support.Writer: everything in one transaction.
func (s *Licenses) Write(ctx context.Context, change support.Change) error {
	l, about := &change.After.License, change.After.About
	writes := []types.TransactWriteItem{
		s.licenseWrite(change.Before, l),
		s.create(encodeEvent(l.ID, &change.Event)),
		s.create(encodeCall(&change.Call, change.Event.At)),
	}
	if change.Secret != nil {
		writes = append(writes, s.keyWrites(change.Before, l, change.Secret)...)
	}
	if change.Before == nil || change.Before.About != about {
		writes = append(writes, s.put(encodeAbout(l.ID, about)))
		writes = append(writes, s.termWrites(l.ID, change.Before, about)...)
	}
	if change.Grant != nil {
		writes = append(writes, s.create(encodeGrant(l.ID, change.Grant)))
	}
	return write(ctx, s.db, writes)
}

// licenseWrite creates META, or changes all of it but used, which belongs to the
// changes of seats.
func (s *Licenses) licenseWrite(before *support.Record, after *license.License) types.TransactWriteItem {
	if before == nil {
		return s.create(encodeLicense(after))
	}
	update := &types.Update{
		TableName: s.table, Key: metaKey(after.ID),
		ConditionExpression:      aws.String("revision = :before"),
		UpdateExpression:         aws.String("SET #state = :state, seats = :seats, features = :features, revision = :revision"),
		ExpressionAttributeNames: map[string]string{"#state": "state"},
		ExpressionAttributeValues: item{
			":before": number(before.License.Revision), ":revision": number(after.Revision),
			":state": text(string(after.State)), ":seats": number(int64(after.Seats)),
			":features": encodeFeatures(after.Features),
		},
	}
	if after.KeyHash != before.License.KeyHash {
		*update.UpdateExpression += ", keyHash = :keyHash, offlineKey = :offlineKey"
		update.ExpressionAttributeValues[":keyHash"] = binary(after.KeyHash[:])
		update.ExpressionAttributeValues[":offlineKey"] = binary(after.OfflineKey[:])
	}
	if after.Expires.IsZero() {
		*update.UpdateExpression += " REMOVE expires"
	} else {
		*update.UpdateExpression += ", expires = :expires"
		update.ExpressionAttributeValues[":expires"] = number(after.Expires.Unix())
	}
	return types.TransactWriteItem{Update: update}
}

// keyWrites keeps the key of a new license, or a new key in the place of another:
// then K# says whose it is, since the license ID derives from the first key.
func (s *Licenses) keyWrites(before *support.Record, after *license.License, secret []byte) []types.TransactWriteItem {
	sealed := merged(secretKey(after.ID), item{"secret": binary(secret)})
	if before == nil {
		return []types.TransactWriteItem{s.create(sealed)}
	}
	return []types.TransactWriteItem{
		s.put(sealed),
		s.create(merged(ownerKey(after.KeyHash), item{"license": text(string(after.ID))})),
		s.remove(ownerKey(before.License.KeyHash)), // there unless it was the first key
	}
}

// Release implements support.Writer.
func (s *Licenses) Release(ctx context.Context, change license.SeatChange, call support.Call) error {
	return write(ctx, s.db, append(s.seatWrites(change), s.create(encodeCall(&call, change.Event.At))))
}

// Record implements support.Writer.
func (s *Licenses) Record(ctx context.Context, call support.Call, at time.Time) error {
	return write(ctx, s.db, []types.TransactWriteItem{s.create(encodeCall(&call, at))})
}

// Call implements support.Writer.
func (s *Licenses) Call(ctx context.Context, key string) (*support.Call, error) {
	r, err := s.get(ctx, callKey(key))
	if err != nil || len(r) == 0 {
		return nil, err
	}
	call := &support.Call{Key: key, Actor: r.text("actor"), License: license.ID(r.text("license"))}
	copy(call.Body[:], r.binary("body"))
	return call, nil
}

// callKey hides what a person chose as key: it may hold anything.
func callKey(key string) item {
	sum := sha256.Sum256([]byte(key))
	return keyOf("I#"+hex.EncodeToString(sum[:]), "CALL")
}

func encodeCall(call *support.Call, at time.Time) item {
	w := writer(callKey(call.Key))
	w.binary("body", call.Body[:]).text("actor", call.Actor).text("license", string(call.License))
	return item(w.time(TTL, at.Add(support.CallLife)))
}

func encodeAbout(id license.ID, about support.About) item {
	w := writer(aboutKey(id))
	return item(w.text("email", about.ContactEmail).text("reference", about.Reference).text("note", about.Note))
}

func decodeAbout(it item) support.About {
	r := reader(it)
	return support.About{ContactEmail: r.text("email"), Reference: r.text("reference"), Note: r.text("note")}
}

// termWrites keeps the items that support searches by: one for each license and
// term, under the term's hash, so that no address is the key of an item.
func (s *Licenses) termWrites(id license.ID, before *support.Record, after support.About) (writes []types.TransactWriteItem) {
	var old []string
	if before != nil {
		old = terms(before.About)
	}
	for _, term := range terms(after) {
		if !slices.Contains(old, term) {
			writes = append(writes, s.put(keyOf(term, string(id))))
		}
	}
	for _, term := range old {
		if !slices.Contains(terms(after), term) {
			writes = append(writes, s.remove(keyOf(term, string(id))))
		}
	}
	return writes
}

func terms(about support.About) (partitions []string) {
	for _, value := range []string{about.ContactEmail, about.Reference} {
		if term := termPartition(value); value != "" && !slices.Contains(partitions, term) {
			partitions = append(partitions, term)
		}
	}
	return partitions
}

func termPartition(value string) string {
	sum := sha256.Sum256([]byte("chariot-search-v1|" + strings.ToLower(strings.TrimSpace(value))))
	return "F#" + hex.EncodeToString(sum[:])
}

// Records implements support.Reader.
func (s *Licenses) Records(ctx context.Context, ids ...license.ID) ([]support.Record, error) {
	var keys []item
	for _, id := range ids {
		keys = append(keys, metaKey(id), aboutKey(id))
	}
	items, err := read(ctx, s.db, s.table, keys)
	if err != nil {
		return nil, err
	}
	var records []support.Record
	for pair := range slices.Chunk(items, 2) {
		if len(pair[0]) > 0 {
			records = append(records, support.Record{License: decodeLicense(pair[0]), About: decodeAbout(pair[1])})
		}
	}
	return records, nil
}

// Named implements support.Reader.
func (s *Licenses) Named(ctx context.Context, key license.Key) (license.ID, error) {
	r, err := s.get(ctx, ownerKey(key.Hash()))
	if owner := decodeOwner(item(r)); owner != "" {
		return owner, err
	}
	return key.ID(), err
}

// decodeOwner reads the license that K# names; empty if there is no K#.
func decodeOwner(it item) license.ID { return license.ID(reader(it).text("license")) }

// Secret implements support.Reader.
func (s *Licenses) Secret(ctx context.Context, id license.ID) ([]byte, error) {
	r, err := s.get(ctx, secretKey(id))
	if err == nil && len(r) == 0 {
		err = fmt.Errorf("key of %s: %w", id, license.ErrNotFound)
	}
	return r.binary("secret"), err
}

// get reads one item, after every acknowledged write; an absent one is empty.
func (s *Licenses) get(ctx context.Context, key item) (reader, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: s.table, Key: key, ConsistentRead: aws.Bool(true)})
	if err := readError(err); err != nil {
		return nil, err
	}
	return reader(out.Item), nil
}
