package main

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

// gateway checks credentials, wakes and waits for functions, counts, and hands everything else to the provider.
type gateway struct {
	provider   string
	proxy      *httputil.ReverseProxy
	namespace  string
	prometheus string
	user       string
	password   string
	// nil without a queue.
	publish  func(queued) error
	patience time.Duration

	lock   sync.Mutex
	counts map[[2]string]int
}

func runGateway() error {
	folder := setting("secret_mount_path", "/var/secrets")
	user, err := os.ReadFile(filepath.Join(folder, "basic-auth-user"))
	if err != nil {
		return err
	}
	password, err := os.ReadFile(filepath.Join(folder, "basic-auth-password"))
	if err != nil {
		return err
	}
	provider := strings.TrimSuffix(setting("functions_provider_url", "http://127.0.0.1:8081/"), "/")
	g := newGateway(provider, strings.TrimSpace(string(user)), strings.TrimSpace(string(password)))
	g.namespace = setting("function_namespace", "openfaas-fn")
	g.prometheus = fmt.Sprintf("http://%s:%s", setting("faas_prometheus_host", "prometheus"), setting("faas_prometheus_port", "9090"))
	if address := os.Getenv("faas_nats_address"); address != "" {
		publisher, err := connectPublisher(address + ":" + setting("faas_nats_port", "4222"))
		if err != nil {
			// As the real one: it ends when it starts and nothing answers there.
			return fmt.Errorf("no servers available for connection: %w", err)
		}
		g.publish = publisher.publish
	}
	go func() { _ = serve(":8082", g.metricsMux()) }()
	return serve(":8080", g.mux())
}

func newGateway(provider, user, password string) *gateway {
	target, _ := url.Parse(provider)
	return &gateway{
		provider: provider, proxy: httputil.NewSingleHostReverseProxy(target), namespace: "openfaas-fn", user: user, password: password,
		patience: 100 * time.Second, counts: map[[2]string]int{},
	}
}

func (g *gateway) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/" {
			http.Redirect(writer, request, "/ui/", http.StatusMovedPermanently)
			return
		}
		http.NotFound(writer, request)
	})
	mux.HandleFunc("/healthz", g.health)
	for _, path := range []string{"/system/info", "/system/namespaces", "/system/function/", "/system/scale-function/", "/system/secrets", "/system/logs"} {
		mux.Handle(path, g.authenticated(g.proxy.ServeHTTP))
	}
	mux.Handle("/system/functions", g.authenticated(g.functions))
	mux.Handle("/system/", g.authenticated(http.NotFound))
	mux.HandleFunc("/function/", g.invoke)
	mux.HandleFunc("/async-function/", g.queue)
	return mux
}

func (g *gateway) authenticated(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		user, password, _ := request.BasicAuth()
		isUser := subtle.ConstantTimeCompare([]byte(user), []byte(g.user)) == 1
		isPassword := subtle.ConstantTimeCompare([]byte(password), []byte(g.password)) == 1
		if !isUser || !isPassword {
			writer.Header().Set("WWW-Authenticate", `Basic realm="Restricted"`)
			refuse(writer, http.StatusUnauthorized, "invalid credentials")
			return
		}
		next(writer, request)
	})
}

// health is the provider's: it proves both.
func (g *gateway) health(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		writer.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	answer, err := http.Get(g.provider + "/healthz")
	if err != nil {
		refuse(writer, http.StatusServiceUnavailable, err.Error())
		return
	}
	answer.Body.Close()
	writer.WriteHeader(answer.StatusCode)
}

// functions adds the counts of Prometheus to a list; without its answer the connection breaks, as it was seen.
func (g *gateway) functions(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		g.proxy.ServeHTTP(writer, request)
		return
	}
	answer, err := http.Get(g.provider + "/system/functions?" + request.URL.RawQuery)
	if err != nil {
		refuse(writer, http.StatusBadGateway, err.Error())
		return
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	var list []map[string]any
	if answer.StatusCode != http.StatusOK || json.Unmarshal(body, &list) != nil {
		refuse(writer, answer.StatusCode, string(body))
		return
	}
	if len(list) > 0 {
		counts, err := invocationCounts(g.prometheus)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		for _, function := range list {
			if count := counts[fmt.Sprintf("%v.%v", function["name"], function["namespace"])]; count > 0 {
				function["invocationCount"] = count
			}
		}
	}
	writer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(writer).Encode(list)
}

// status of a function, as the provider says it.
func (g *gateway) status(name string) (available int, found int, err error) {
	answer, err := http.Get(g.provider + "/system/function/" + url.PathEscape(name))
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	var function struct {
		AvailableReplicas int `json:"availableReplicas"`
	}
	if answer.StatusCode == http.StatusOK {
		err = json.NewDecoder(answer.Body).Decode(&function)
	}
	return function.AvailableReplicas, answer.StatusCode, err
}

// invoke waits for a function that is not ready yet, then hands the request on.
func (g *gateway) invoke(writer http.ResponseWriter, request *http.Request) {
	start := time.Now()
	// It may be called with its namespace.
	name := strings.TrimSuffix(functionName(request.URL.Path, "/function/"), "."+g.namespace)
	for {
		available, status, err := g.status(name)
		if err != nil || status != http.StatusOK {
			refuse(writer, http.StatusNotFound, fmt.Sprintf(
				"error finding function %s.%s: server returned non-200 status code (%d) for function, %s, body: ", name, g.namespace, status, name))
			return
		}
		if available > 0 {
			break
		}
		if time.Since(start) > g.patience {
			panic(http.ErrAbortHandler)
		}
		time.Sleep(50 * time.Millisecond)
	}
	identify(writer.Header(), start)
	recorder := &statusRecorder{ResponseWriter: writer, status: http.StatusOK}
	g.proxy.ServeHTTP(recorder, request)
	g.lock.Lock()
	g.counts[[2]string{name + "." + g.namespace, fmt.Sprint(recorder.status)}]++
	g.lock.Unlock()
}

func (g *gateway) queue(writer http.ResponseWriter, request *http.Request) {
	if g.publish == nil {
		http.NotFound(writer, request)
		return
	}
	if request.Method != http.MethodPost {
		writer.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	start := time.Now()
	identify(writer.Header(), start)
	callback := request.Header.Get("X-Callback-Url")
	if _, err := url.Parse(callback); err != nil {
		refuse(writer, http.StatusBadRequest, err.Error()+"\n")
		return
	}
	body, err := io.ReadAll(request.Body)
	if err == nil {
		err = g.publish(queued{
			Function: strings.TrimPrefix(request.URL.Path, "/async-function/"), Query: request.URL.RawQuery, Method: request.Method,
			ContentType: request.Header.Get("Content-Type"), Body: body, Callback: callback, Call: writer.Header().Get("X-Call-Id"),
		})
	}
	if err != nil {
		refuse(writer, http.StatusInternalServerError, err.Error())
		return
	}
	writer.WriteHeader(http.StatusAccepted)
}

func (g *gateway) metricsMux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(writer http.ResponseWriter, _ *http.Request) {
		g.lock.Lock()
		defer g.lock.Unlock()
		var lines bytes.Buffer
		keys := make([][2]string, 0, len(g.counts))
		for key := range g.counts {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(i, j int) bool { return keys[i][0]+keys[i][1] < keys[j][0]+keys[j][1] })
		fmt.Fprintln(&lines, "# TYPE gateway_function_invocation_total counter")
		for _, key := range keys {
			fmt.Fprintf(&lines, "gateway_function_invocation_total{code=%q,function_name=%q} %d\n", key[1], key[0], g.counts[key])
		}
		_, _ = lines.WriteTo(writer)
	})
	return mux
}

func functionName(path, prefix string) string {
	return strings.SplitN(strings.TrimPrefix(path, prefix), "/", 2)[0]
}

// identify gives the headers that every invocation bears.
func identify(header http.Header, start time.Time) {
	bytes := make([]byte, 16)
	_, _ = rand.Read(bytes)
	header.Set("X-Call-Id", fmt.Sprintf("%x-%x-%x-%x-%x", bytes[:4], bytes[4:6], bytes[6:8], bytes[8:10], bytes[10:]))
	header.Set("X-Start-Time", fmt.Sprint(start.UnixNano()))
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (recorder *statusRecorder) WriteHeader(status int) {
	recorder.status = status
	recorder.ResponseWriter.WriteHeader(status)
}
