package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// healthy waits until url answers 200.
func healthy(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		last := probe(ctx, url)
		if last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer; what the functions printed stands above: %w", url, last)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func probe(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1000))
	return errors.Join(fmt.Errorf("it answers %s: %s", response.Status, body), err)
}

// withRootKeys answers GET /local/root-keys, which AWS does not have: stand-in
// Chariot servers pin these keys at their first use. A real one has them built in.
func withRootKeys(keys []certificate.RootKey, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.RequestURI != "/local/root-keys" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string][]certificate.RootKey{"rootKeys": keys}) // a client that is gone is nobody to tell
	})
}
