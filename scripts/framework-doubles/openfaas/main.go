// Doubles of the programs of OpenFaaS, for tests: one program that plays one role at a time.
//
// What it answers is what the real ones were recorded to answer (Tests/FunctionsTests/Recorded/openfaas.json: gateway 0.26.3 and
// faas-netes 0.16.6). Functions are real Deployments, made with the rights of the real service account. How the parts speak with
// each other is the doubles' own where nobody outside sees it: the queue is not NATS, and the counter is not Prometheus.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

var roles = map[string]func() error{
	"gateway":               runGateway,
	"faas-netes":            runProvider,
	"nats-streaming-server": runQueue,
	"queue-worker":          runQueueWorker,
	"prometheus":            runPrometheus,
	"alertmanager":          func() error { return serve(":9093", monitoringMux()) },
	"watchdog":              runWatchdog,
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	// By the name it is called by, as a manifest's `command` does it, else by the first argument.
	role := filepath.Base(os.Args[0])
	if roles[role] == nil && len(os.Args) > 1 {
		role = os.Args[1]
	}
	run := roles[role]
	if run == nil {
		fmt.Fprintf(os.Stderr, "openfaas-double: there is no role %q\n", role)
		os.Exit(64)
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func serve(address string, handler http.Handler) error {
	log.Printf("Listening on %s", address)
	return http.ListenAndServe(address, handler)
}

func setting(name, standard string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return standard
}

// refuse answers as the real ones do: a text, and the status.
func refuse(writer http.ResponseWriter, status int, text string) {
	writer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	writer.WriteHeader(status)
	fmt.Fprint(writer, text)
}
