package kms

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// aliasName is KMS's own pattern; alias/aws/ is reserved for AWS's keys.
var aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

type aliasInput struct {
	AliasName   string
	TargetKeyId string
}

func (in aliasInput) check() error {
	if !aliasName.MatchString(in.AliasName) || strings.HasPrefix(in.AliasName, "alias/aws/") {
		return invalid("AliasName must match %s and not begin with alias/aws/.", aliasName)
	}
	if in.TargetKeyId == "" {
		return invalid("TargetKeyId must not be empty.")
	}
	return nil
}

func (s *store) createAlias(in aliasInput) (nothing, error) {
	if err := in.check(); err != nil {
		return nothing{}, err
	}
	return nothing{}, s.change(func() (func(), error) {
		k, err := s.lookupKey(in.TargetKeyId)
		if err != nil {
			return nil, err
		}
		if s.aliases[in.AliasName] != nil {
			return nil, alreadyExists("An alias with the name " + arnPrefix + in.AliasName)
		}
		now := time.Now().UTC()
		s.aliases[in.AliasName] = &alias{in.AliasName, k.ID, now, now}
		return func() { delete(s.aliases, in.AliasName) }, nil
	})
}

func (s *store) updateAlias(in aliasInput) (nothing, error) {
	if err := in.check(); err != nil {
		return nothing{}, err
	}
	return nothing{}, s.change(func() (func(), error) {
		k, err := s.lookupKey(in.TargetKeyId)
		if err != nil {
			return nil, err
		}
		before := s.aliases[in.AliasName]
		if before == nil {
			return nil, notFound("Alias " + arnPrefix + in.AliasName)
		}
		if s.keys[before.KeyID].Spec != k.Spec {
			return nil, invalid("Alias %s names a %s key, so it cannot name a %s key.", in.AliasName, s.keys[before.KeyID].Spec, k.Spec)
		}
		s.aliases[in.AliasName] = &alias{in.AliasName, k.ID, before.Created, time.Now().UTC()}
		return func() { s.aliases[in.AliasName] = before }, nil
	})
}

type listAliasesInput struct {
	KeyId  string
	Limit  *int
	Marker string
}

type aliasList struct {
	Aliases    []aliasEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

type aliasEntry struct {
	AliasArn        string
	AliasName       string
	CreationDate    float64
	LastUpdatedDate float64
	TargetKeyId     string
}

// listAliases lists by name. A marker is the last name of the page before.
func (s *store) listAliases(in listAliasesInput) (aliasList, error) {
	limit := 50 // KMS's own default
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > 100 {
		return aliasList{}, invalid("Limit must be between 1 and 100.")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var of string
	if in.KeyId != "" {
		k, err := s.lookupKey(in.KeyId)
		if err != nil {
			return aliasList{}, err
		}
		of = k.ID
	}
	list := aliasList{Aliases: []aliasEntry{}}
	for _, a := range s.aliases {
		if a.Name > in.Marker && (of == "" || of == a.KeyID) {
			list.Aliases = append(list.Aliases, aliasEntry{arnPrefix + a.Name, a.Name, seconds(a.Created), seconds(a.Updated), a.KeyID})
		}
	}
	slices.SortFunc(list.Aliases, func(a, b aliasEntry) int { return cmp.Compare(a.AliasName, b.AliasName) })
	if len(list.Aliases) > limit {
		list.Aliases = list.Aliases[:limit]
		list.Truncated, list.NextMarker = true, list.Aliases[limit-1].AliasName
	}
	return list, nil
}
