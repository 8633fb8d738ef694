package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"time"
)

// object is one of the API's, as JSON.
type object map[string]any

func mapOf(value any) map[string]any {
	result, _ := value.(map[string]any)
	return result
}

// at follows keys; nil where there is nothing.
func (o object) at(path ...string) any {
	var value any = map[string]any(o)
	for _, key := range path {
		value = mapOf(value)[key]
	}
	return value
}

func (o object) list(key string) []object {
	items, _ := o[key].([]any)
	result := make([]object, 0, len(items))
	for _, item := range items {
		result = append(result, mapOf(item))
	}
	return result
}

func sortedKeys(values map[string]string) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// api is a cluster's API with the rights of a service account.
type api struct {
	server string
	token  string
	client *http.Client
}

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount/"

func inCluster() (api, error) {
	token, err := os.ReadFile(accountFolder + "token")
	if err != nil {
		return api{}, err
	}
	authority, err := os.ReadFile(accountFolder + "ca.crt")
	if err != nil {
		return api{}, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	address := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 16}, Timeout: 30 * time.Second}
	return api{server: "https://" + address, token: string(token), client: client}, nil
}

// statusError is what the API says where it refuses.
type statusError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e statusError) Error() string { return e.Message }

// statusOf is 500 for what is no answer, and 0 for no error.
func statusOf(err error) int {
	var refusal statusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &refusal):
		return refusal.Code
	default:
		return http.StatusInternalServerError
	}
}

func (a api) request(method, path string, body any) ([]byte, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, a.server+path, reader)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		refusal := statusError{Code: answer.StatusCode}
		if json.Unmarshal(text, &refusal) != nil || refusal.Message == "" {
			refusal.Message = fmt.Sprintf("the API server answered with %d", answer.StatusCode)
		}
		return nil, refusal
	}
	return text, nil
}

func (a api) get(path string) (object, error) {
	text, err := a.request(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	var result object
	return result, json.Unmarshal(text, &result)
}

func (a api) text(path string) (string, error) {
	text, err := a.request(http.MethodGet, path, nil)
	return string(text), err
}

// send takes nil for no body.
func (a api) send(method, path string, body object) error {
	var value any
	if body != nil {
		value = body
	}
	_, err := a.request(method, path, value)
	return err
}
