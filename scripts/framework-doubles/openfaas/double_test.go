package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// exchange is one of the recording of the real gateway.
type exchange struct {
	Name    string
	Request struct {
		Method, Path, Credentials, Body string
		Headers                         map[string]string
	}
	Response *struct {
		Status int
		Body   string
	}
}

func recording(t *testing.T) []exchange {
	// The script that runs this names the checkout.
	text, err := os.ReadFile(os.Getenv("MARTLET_CHECKOUT") + "/Tests/FunctionsTests/Recorded/openfaas.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Dialogue []exchange }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Dialogue
}

// Those that need pods are asked of the real thing's double on real hosts, by the end-to-end test; the rest say why.
var leftOut = map[string]string{
	"invoke before it is ready": "pods", "invoke": "pods", "invoke by GET": "pods", "invoke with the namespace": "pods", "invoke with a path and a query": "pods",
	"list": "Prometheus", "invoke a function that prints its environment": "pods",
	"invoke a function that fails": "pods", "invoke a function that takes longer than its time": "pods", "logs": "pods", "status": "pods",
	"status when scaled": "pods", "invoke a function that never gets ready": "100 seconds", "status of a function that never gets ready": "pods",
	"status before it is ready": "a moment of the deployment controller", "status while it goes": "the garbage collector",
	"list after invocations were counted": "three functions", "a path that is none": "the console's own words",
	"scale beyond the limit": "pods", "info": "versions of the real programs", "deploy with a quantity that is none": "the API server's word",
	"deploy with a label value that is no text": "Go's word for it differs between versions",
}

// fakeAPI holds objects by path and says what the API server says of those that are, or are not, there.
type fakeAPI struct {
	lock    sync.Mutex
	objects map[string]object
}

func (f *fakeAPI) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	f.lock.Lock()
	defer f.lock.Unlock()
	path := request.URL.Path
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	say := func(status int, format string, values ...any) {
		writer.WriteHeader(status)
		_ = json.NewEncoder(writer).Encode(map[string]any{"code": status, "message": fmt.Sprintf(format, values...)})
	}
	kind := func(plural string) string {
		if strings.HasPrefix(path, "/apis/apps") {
			return plural + ".apps"
		}
		return plural
	}
	var body object
	_ = json.NewDecoder(request.Body).Decode(&body)
	isCollection := map[string]bool{"deployments": true, "services": true, "secrets": true, "endpoints": true, "pods": true}[parts[len(parts)-1]]
	if isCollection && request.Method == http.MethodGet {
		items := []any{}
		for key, item := range f.objects {
			if strings.HasPrefix(key, path+"/") {
				items = append(items, item)
			}
		}
		_ = json.NewEncoder(writer).Encode(map[string]any{"items": items})
		return
	}
	if isCollection {
		name, _ := body.at("metadata", "name").(string)
		if f.objects[path+"/"+name] != nil {
			say(http.StatusConflict, "%s %q already exists", kind(parts[len(parts)-1]), name)
			return
		}
		body.at("metadata").(map[string]any)["creationTimestamp"] = "2026-11-29T17:23:52Z"
		f.objects[path+"/"+name] = body
		_ = json.NewEncoder(writer).Encode(body)
		return
	}
	live := f.objects[path]
	if live == nil {
		say(http.StatusNotFound, "%s %q not found", kind(parts[len(parts)-2]), parts[len(parts)-1])
		return
	}
	switch request.Method {
	case http.MethodPut:
		f.objects[path] = body
	case http.MethodDelete:
		delete(f.objects, path)
	}
	_ = json.NewEncoder(writer).Encode(f.objects[path])
}

func doubles(t *testing.T) *httptest.Server {
	cluster := httptest.NewServer(&fakeAPI{objects: map[string]object{}})
	t.Cleanup(cluster.Close)
	p := &provider{api: api{server: cluster.URL, client: cluster.Client()}, namespace: "openfaas-fn", pullPolicy: "IfNotPresent"}
	providerServer := httptest.NewServer(p.mux())
	t.Cleanup(providerServer.Close)
	g := newGateway(providerServer.URL, "admin", "secret")
	g.prometheus = "http://127.0.0.1:1"
	g.patience = time.Second
	g.publish = func(queued) error { return nil }
	gatewayServer := httptest.NewServer(g.mux())
	t.Cleanup(gatewayServer.Close)
	return gatewayServer
}

func TestWhatTheRealGatewayAnswered(t *testing.T) {
	server := doubles(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	asked := 0
	for _, exchange := range recording(t) {
		if leftOut[exchange.Name] != "" {
			continue
		}
		asked++
		request, err := http.NewRequest(exchange.Request.Method, server.URL+exchange.Request.Path, strings.NewReader(exchange.Request.Body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range exchange.Request.Headers {
			request.Header.Set(name, value)
		}
		switch exchange.Request.Credentials {
		case "right":
			request.SetBasicAuth("admin", "secret")
		case "wrong":
			request.SetBasicAuth("admin", "wrong")
		}
		answer, err := client.Do(request)
		if exchange.Response == nil {
			if err == nil {
				t.Errorf("%s: it was answered with %d, and the real one broke the connection", exchange.Name, answer.StatusCode)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", exchange.Name, err)
			continue
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != exchange.Response.Status {
			t.Errorf("%s: %d instead of %d: %s", exchange.Name, answer.StatusCode, exchange.Response.Status, body)
		}
		if got, wanted := plain(body), plain([]byte(exchange.Response.Body)); got != wanted {
			t.Errorf("%s:\n%s\ninstead of\n%s", exchange.Name, got, wanted)
		}
	}
	if asked < 35 {
		t.Errorf("only %d exchanges of the recording were asked", asked)
	}
}

// plain is JSON with sorted keys, and other text without the space at its end.
func plain(body []byte) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return strings.TrimSpace(string(body))
	}
	text, _ := json.Marshal(value)
	return string(text)
}

func TestAFunctionIsADeploymentWithItsSecrets(t *testing.T) {
	made := deploymentObject(order{
		Service: "hello", Image: "i:1", EnvProcess: "cat", EnvVars: map[string]string{"B": "2", "A": "1"}, Secrets: []string{"key"},
		Labels: map[string]string{"team": "blue"}, Limits: map[string]string{"memory": "64Mi"},
	}, "fn", "IfNotPresent", 2)
	text, _ := json.Marshal(made)
	for _, wanted := range []string{
		`"faas_function":"hello"`, `"team":"blue"`, `{"name":"fprocess","value":"cat"},{"name":"A","value":"1"}`, `"mountPath":"/var/openfaas/secrets"`,
		`"replicas":2`, `"limits":{"memory":"64Mi"}`, `"imagePullPolicy":"IfNotPresent"`,
	} {
		if !strings.Contains(string(text), wanted) {
			t.Errorf("%s is not in %s", wanted, text)
		}
	}
}
