// cluster-dns: the name service of a Kubernetes cluster, as far as the specification "DNS-Based Service Discovery" goes.
//
// Debian has no CoreDNS; a bundle made from Debian's archive brings this program instead. It watches Services and Endpoints,
// answers for the cluster's domain from memory and forwards the rest.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

var version = "development"

func main() {
	domain := flag.String("domain", "cluster.local", "the cluster's domain")
	listen := flag.String("listen", ":53", "address for DNS over UDP and TCP")
	health := flag.String("health", ":8080", "address of /health")
	ready := flag.String("ready", ":8181", "address of /ready")
	metrics := flag.String("metrics", ":9153", "address of /metrics")
	upstream := flag.String("upstream", "", "comma-separated servers for foreign names (default: those of /etc/resolv.conf)")
	resolvConf := flag.String("resolv-conf", "/etc/resolv.conf", "where the upstream servers are read from")
	kubeconfig := flag.String("kubeconfig", "", "for use outside a cluster")
	lameDuck := flag.Duration("lame-duck", 5*time.Second, "how long to answer, but not be ready, before the end")
	showVersion := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *showVersion {
		fmt.Println("cluster-dns", version, "(martlet's own, not CoreDNS)")
		return
	}
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(*domain, *listen, *health, *ready, *metrics, *upstream, *resolvConf, *kubeconfig, *lameDuck); err != nil {
		log.Fatalf("cluster-dns: %v", err)
	}
}

func run(domain, listen, health, ready, metrics, upstream, resolvConf, kubeconfig string, lameDuck time.Duration) error {
	upstreams, err := upstreamServers(upstream, resolvConf)
	if err != nil {
		return err
	}
	config, err := rest.InClusterConfig()
	if kubeconfig != "" {
		config, err = clientcmd.BuildConfigFromFlags("", kubeconfig)
	}
	if err != nil {
		return fmt.Errorf("no access to the cluster: %v", err)
	}
	config.UserAgent = "cluster-dns/" + version
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	stop, cancel := context.WithCancel(context.Background())
	defer cancel()
	factory := informers.NewSharedInformerFactory(client, 0)
	records := newRecords(domain, factory)
	factory.Start(stop.Done())

	state := &readiness{synced: records.synced}
	server := newHandler(records, newForwarder(upstreams))
	failed := make(chan error, 8)
	serveHTTP := func(address, path string, handle http.HandlerFunc) {
		if address == "" {
			return
		}
		mux := http.NewServeMux()
		mux.HandleFunc(path, handle)
		go func() {
			failed <- (&http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}).ListenAndServe()
		}()
	}
	serveHTTP(health, "/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") })
	serveHTTP(ready, "/ready", state.serve)
	serveHTTP(metrics, "/metrics", server.counters.serve)

	servers := []*dns.Server{}
	for _, network := range []string{"udp", "tcp"} {
		one := &dns.Server{Addr: listen, Net: network, Handler: server, UDPSize: dns.DefaultMsgSize}
		servers = append(servers, one)
		go func() { failed <- one.ListenAndServe() }()
	}
	log.Printf("cluster-dns %s: domain %s, listening on %s, upstream %s", version, domain, listen, strings.Join(upstreams, " "))

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err := <-failed:
		return err
	case <-signals:
	}
	// Clients still hold this address until the endpoint's removal has reached every node.
	log.Printf("ending in %s", lameDuck)
	state.end()
	time.Sleep(lameDuck)
	deadline, done := context.WithTimeout(context.Background(), 2*time.Second)
	defer done()
	for _, one := range servers {
		_ = one.ShutdownContext(deadline)
	}
	return nil
}
