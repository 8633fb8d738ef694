package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// provider is faas-netes: it makes functions of Deployments, Services and Secrets, and takes requests to their pods.
type provider struct {
	api        api
	namespace  string
	pullPolicy string
}

const mostReplicas = 5

func runProvider() error {
	cluster, err := inCluster()
	if err != nil {
		return err
	}
	p := &provider{api: cluster, namespace: setting("function_namespace", "openfaas-fn"), pullPolicy: setting("image_pull_policy", "Always")}
	return serve(":"+setting("port", "8081"), p.mux())
}

func (p *provider) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/system/info", func(writer http.ResponseWriter, _ *http.Request) {
		writeJSON(writer, map[string]any{"provider": map[string]any{"provider": "faas-netes-ce", "orchestration": "kubernetes"}, "arch": "amd64"})
	})
	mux.HandleFunc("/system/namespaces", func(writer http.ResponseWriter, _ *http.Request) { writeJSON(writer, []string{p.namespace}) })
	mux.HandleFunc("/system/functions", p.functions)
	mux.HandleFunc("/system/function/", p.function)
	mux.HandleFunc("/system/scale-function/", p.scale)
	mux.HandleFunc("/system/secrets", p.secrets)
	mux.HandleFunc("/system/logs", p.logs)
	mux.HandleFunc("/function/", p.invoke)
	return mux
}

// order is FunctionDeployment of faas-provider.
type order struct {
	Service     string            `json:"service"`
	Image       string            `json:"image"`
	Namespace   string            `json:"namespace"`
	EnvProcess  string            `json:"envProcess"`
	EnvVars     map[string]string `json:"envVars"`
	Secrets     []string          `json:"secrets"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Limits      map[string]string `json:"limits"`
	Requests    map[string]string `json:"requests"`
}

var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

func (o order) fault() string {
	if !label.MatchString(o.Service) {
		return fmt.Sprintf("service: (%s) is invalid, must be a valid DNS entry", o.Service)
	}
	if o.Image == "" {
		return "image: is required"
	}
	if _, isThere := o.Labels["com.openfaas.scale.zero"]; isThere {
		return "com.openfaas.scale.zero not available for Community Edition"
	}
	if most, err := strconv.Atoi(o.Labels["com.openfaas.scale.max"]); err == nil && most > mostReplicas {
		return "com.openfaas.scale.max is set too high for Community Edition"
	}
	return ""
}

func (p *provider) deployments(name string) string {
	return collection("/apis/apps/v1/namespaces/"+p.namespace+"/deployments", name)
}
func (p *provider) services(name string) string {
	return collection("/api/v1/namespaces/"+p.namespace+"/services", name)
}
func (p *provider) secretPath(name string) string {
	return collection("/api/v1/namespaces/"+p.namespace+"/secrets", name)
}

func collection(path, name string) string {
	if name == "" {
		return path
	}
	return path + "/" + url.PathEscape(name)
}

func (p *provider) functions(writer http.ResponseWriter, request *http.Request) {
	switch request.Method {
	case http.MethodGet:
		list, err := p.api.get(p.deployments("") + "?labelSelector=faas_function")
		if err != nil {
			refuse(writer, http.StatusInternalServerError, err.Error())
			return
		}
		statuses := []any{}
		for _, item := range list.list("items") {
			statuses = append(statuses, functionStatus(item, p.namespace))
		}
		writeJSON(writer, statuses)
	case http.MethodPost, http.MethodPut:
		p.deploy(writer, request)
	case http.MethodDelete:
		p.remove(writer, request)
	default:
		writer.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (p *provider) deploy(writer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	var wanted order
	if err := json.Unmarshal(body, &wanted); err != nil {
		refuse(writer, http.StatusBadRequest, fmt.Sprintf("failed to unmarshal request: %v\n", err))
		return
	}
	if fault := wanted.fault(); fault != "" {
		refuse(writer, http.StatusBadRequest, "validation failed: "+fault+"\n")
		return
	}
	if wanted.Namespace != "" && wanted.Namespace != p.namespace {
		refuse(writer, http.StatusBadRequest, "valid namespaces are: "+p.namespace+"\n")
		return
	}
	if request.Method == http.MethodPut {
		p.update(writer, wanted)
		return
	}
	for _, name := range wanted.Secrets {
		if _, err := p.api.get(p.secretPath(name)); err != nil {
			refuse(writer, http.StatusBadRequest, fmt.Sprintf("unable to fetch secrets: %v\n", err))
			return
		}
	}
	replicas := 1
	if least, err := strconv.Atoi(wanted.Labels["com.openfaas.scale.min"]); err == nil && least > 0 {
		replicas = least
	}
	if err := p.api.send(http.MethodPost, p.deployments(""), deploymentObject(wanted, p.namespace, p.pullPolicy, replicas)); err != nil {
		refuse(writer, http.StatusInternalServerError, fmt.Sprintf("unable create Deployment: %v\n", err))
		return
	}
	if err := p.api.send(http.MethodPost, p.services(""), serviceObject(wanted.Service, p.namespace)); err != nil {
		refuse(writer, http.StatusInternalServerError, fmt.Sprintf("failed create Service: %v\n", err))
		return
	}
	writer.WriteHeader(http.StatusAccepted)
}

// update keeps the replicas; the label `uid` makes new pods of an order that is the same.
func (p *provider) update(writer http.ResponseWriter, wanted order) {
	live, err := p.api.get(p.deployments(wanted.Service))
	if err != nil {
		refuse(writer, http.StatusNotFound, fmt.Sprintf("unable update Deployment: %s.%s, error: %v\n", wanted.Service, p.namespace, err))
		return
	}
	if wanted.Labels == nil {
		wanted.Labels = map[string]string{}
	}
	wanted.Labels["uid"] = fmt.Sprint(time.Now().UnixNano() % 1_000_000_000)
	replicas, _ := live.at("spec", "replicas").(float64)
	object := deploymentObject(wanted, p.namespace, p.pullPolicy, int(replicas))
	object.at("metadata").(map[string]any)["resourceVersion"] = live.at("metadata", "resourceVersion")
	if err := p.api.send(http.MethodPut, p.deployments(wanted.Service), object); err != nil {
		refuse(writer, http.StatusInternalServerError, err.Error())
		return
	}
	writer.WriteHeader(http.StatusAccepted)
}

func (p *provider) remove(writer http.ResponseWriter, request *http.Request) {
	var wanted struct {
		Name string `json:"functionName"`
	}
	if err := json.NewDecoder(request.Body).Decode(&wanted); err != nil || wanted.Name == "" {
		writer.WriteHeader(http.StatusBadRequest)
		return
	}
	foreground := object{"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}
	if err := p.api.send(http.MethodDelete, p.deployments(wanted.Name), foreground); err != nil {
		refuse(writer, statusOf(err), err.Error())
		return
	}
	if err := p.api.send(http.MethodDelete, p.services(wanted.Name), foreground); err != nil {
		refuse(writer, statusOf(err), err.Error())
		return
	}
	writer.WriteHeader(http.StatusAccepted)
}

func (p *provider) function(writer http.ResponseWriter, request *http.Request) {
	live, err := p.api.get(p.deployments(functionName(request.URL.Path, "/system/function/")))
	if err != nil {
		writer.WriteHeader(statusOf(err))
		return
	}
	writeJSON(writer, functionStatus(live, p.namespace))
}

func (p *provider) scale(writer http.ResponseWriter, request *http.Request) {
	name := functionName(request.URL.Path, "/system/scale-function/")
	var wanted struct {
		Replicas int `json:"replicas"`
	}
	if err := json.NewDecoder(request.Body).Decode(&wanted); err != nil {
		refuse(writer, http.StatusBadRequest, "Cannot parse request. Please pass valid JSON.")
		return
	}
	if wanted.Replicas < 1 {
		refuse(writer, http.StatusBadRequest, "replicas cannot be set to 0 in OpenFaaS CE\n")
		return
	}
	if wanted.Replicas > mostReplicas {
		wanted.Replicas = mostReplicas
	}
	for {
		live, err := p.api.get(p.deployments(name))
		if err != nil {
			refuse(writer, http.StatusInternalServerError, "Unable to lookup function deployment "+name)
			return
		}
		live.at("spec").(map[string]any)["replicas"] = wanted.Replicas
		err = p.api.send(http.MethodPut, p.deployments(name), live)
		if statusOf(err) == http.StatusConflict {
			continue
		}
		if err != nil {
			refuse(writer, http.StatusInternalServerError, err.Error())
			return
		}
		writer.WriteHeader(http.StatusAccepted)
		return
	}
}

func (p *provider) secrets(writer http.ResponseWriter, request *http.Request) {
	if request.Method == http.MethodGet {
		list, err := p.api.get(p.secretPath("") + "?labelSelector=app.kubernetes.io/managed-by%3Dopenfaas")
		if err != nil {
			writer.WriteHeader(statusOf(err))
			return
		}
		names := []any{}
		for _, item := range list.list("items") {
			names = append(names, map[string]any{"name": item.at("metadata", "name"), "namespace": p.namespace})
		}
		writeJSON(writer, names)
		return
	}
	var wanted struct{ Name, Namespace, Value string }
	if err := json.NewDecoder(request.Body).Decode(&wanted); err != nil {
		writer.WriteHeader(http.StatusBadRequest)
		return
	}
	secret := object{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
		"metadata":   map[string]any{"name": wanted.Name, "namespace": p.namespace, "labels": map[string]any{"app.kubernetes.io/managed-by": "openfaas"}},
		"stringData": map[string]any{wanted.Name: wanted.Value},
	}
	var err error
	switch request.Method {
	case http.MethodPost:
		err = p.api.send(http.MethodPost, p.secretPath(""), secret)
	case http.MethodPut:
		err = p.api.send(http.MethodPut, p.secretPath(wanted.Name), secret)
	case http.MethodDelete:
		err = p.api.send(http.MethodDelete, p.secretPath(wanted.Name), nil)
	}
	if err != nil {
		writer.WriteHeader(statusOf(err))
		return
	}
	writer.WriteHeader(http.StatusAccepted)
}

func (p *provider) logs(writer http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	name := query.Get("name")
	pods := "/api/v1/namespaces/" + p.namespace + "/pods"
	list, err := p.api.get(pods + "?labelSelector=faas_function%3D" + url.QueryEscape(name))
	if err != nil || name == "" || len(list.list("items")) == 0 {
		refuse(writer, http.StatusInternalServerError, "unknown log request error (500)\n")
		return
	}
	writer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, pod := range list.list("items") {
		instance, _ := pod.at("metadata", "name").(string)
		text, err := p.api.text(pods + "/" + instance + "/log?timestamps=true&tailLines=" + url.QueryEscape(query.Get("tail")))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			parts := strings.SplitN(line, " ", 2)
			if len(parts) < 2 {
				continue
			}
			_ = json.NewEncoder(writer).Encode(map[string]any{"name": name, "namespace": "", "instance": instance, "timestamp": parts[0], "text": parts[1]})
		}
	}
}

// invoke asks one of the ready pods: the API's word for them is the Endpoints of the function's Service.
func (p *provider) invoke(writer http.ResponseWriter, request *http.Request) {
	given := functionName(request.URL.Path, "/function/")
	name := strings.TrimSuffix(given, "."+p.namespace)
	list, err := p.api.get("/api/v1/namespaces/" + p.namespace + "/endpoints?fieldSelector=metadata.name%3D" + url.QueryEscape(name))
	if err != nil {
		refuse(writer, http.StatusInternalServerError, err.Error())
		return
	}
	var addresses []string
	for _, endpoints := range list.list("items") {
		for _, subset := range endpoints.list("subsets") {
			for _, address := range subset.list("addresses") {
				if text, isText := address.at("ip").(string); isText {
					addresses = append(addresses, text)
				}
			}
		}
	}
	if len(addresses) == 0 {
		refuse(writer, http.StatusServiceUnavailable, fmt.Sprintf("No endpoints available for: %s.", name))
		return
	}
	address := addresses[int(time.Now().UnixNano()/1000)%len(addresses)]
	path := strings.TrimPrefix(request.URL.Path, "/function/"+given)
	target := "http://" + address + ":8080/" + strings.TrimPrefix(path, "/")
	if request.URL.RawQuery != "" {
		target += "?" + request.URL.RawQuery
	}
	onward, err := http.NewRequestWithContext(request.Context(), request.Method, target, request.Body)
	if err != nil {
		refuse(writer, http.StatusBadRequest, err.Error())
		return
	}
	onward.Header = request.Header.Clone()
	onward.ContentLength = request.ContentLength
	start := time.Now()
	answer, err := http.DefaultTransport.RoundTrip(onward)
	if err != nil {
		refuse(writer, http.StatusBadGateway, fmt.Sprintf("Can't reach service for: %s.", name))
		return
	}
	defer answer.Body.Close()
	for key, values := range answer.Header {
		writer.Header()[key] = values
	}
	writer.Header().Set("X-Duration-Seconds", fmt.Sprintf("%f", time.Since(start).Seconds()))
	writer.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(writer, answer.Body)
}

func writeJSON(writer http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		writer.WriteHeader(http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	_, _ = writer.Write(body)
}
