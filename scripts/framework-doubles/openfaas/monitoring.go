package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// monitoringMux answers the probes of Prometheus and Alertmanager.
func monitoringMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		mux.HandleFunc(path, func(writer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(writer, "OK") })
	}
	return mux
}

var (
	configArgument = "--config.file="
	targetName     = regexp.MustCompile(`names: \["([^"]+)"\]`)
	targetPort     = regexp.MustCompile(`port: (\d+)`)
	sample         = regexp.MustCompile(`^gateway_function_invocation_total\{.*function_name="([^"]+)".*\} ([0-9.e+]+)$`)
)

// runPrometheus counts when it is asked, from the targets that its settings name; every query is taken for the sum of invocations by
// function, which is the only one that the gateway has.
func runPrometheus() error {
	var config []byte
	for _, argument := range os.Args {
		if strings.HasPrefix(argument, configArgument) {
			text, err := os.ReadFile(strings.TrimPrefix(argument, configArgument))
			if err != nil {
				return err
			}
			config = text
		}
	}
	name, port := targetName.FindSubmatch(config), targetPort.FindSubmatch(config)
	if name == nil || port == nil {
		return fmt.Errorf("the settings name no target")
	}
	mux := monitoringMux()
	mux.HandleFunc("/api/v1/query", func(writer http.ResponseWriter, _ *http.Request) {
		sums := map[string]float64{}
		addresses, _ := net.LookupHost(string(name[1]))
		for _, address := range addresses {
			addSamples(sums, "http://"+net.JoinHostPort(address, string(port[1]))+"/metrics")
		}
		result := []any{}
		for function, sum := range sums {
			result = append(result, map[string]any{
				"metric": map[string]any{"function_name": function},
				"value":  []any{float64(time.Now().UnixMilli()) / 1000, strconv.FormatFloat(sum, 'f', -1, 64)},
			})
		}
		writeJSON(writer, map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": result}})
	})
	return serve(":9090", mux)
}

func addSamples(sums map[string]float64, target string) {
	client := http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get(target)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if found := sample.FindStringSubmatch(lines.Text()); found != nil {
			value, _ := strconv.ParseFloat(found[2], 64)
			sums[found[1]] += value
		}
	}
}

// invocationCounts asks Prometheus as the gateway does.
func invocationCounts(prometheus string) (map[string]int, error) {
	query := url.QueryEscape("sum(gateway_function_invocation_total) by (function_name)")
	client := http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get(prometheus + "/api/v1/query?query=" + query)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var vector struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  []any             `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &vector); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, entry := range vector.Data.Result {
		if len(entry.Value) < 2 {
			continue
		}
		value, _ := strconv.ParseFloat(fmt.Sprint(entry.Value[1]), 64)
		counts[entry.Metric["function_name"]] = int(value)
	}
	return counts, nil
}
