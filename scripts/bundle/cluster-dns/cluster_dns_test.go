package main

import (
	"fmt"
	"net"
	"testing"

	"github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

func object(name string) meta.ObjectMeta { return meta.ObjectMeta{Name: name, Namespace: "shop"} }

// cluster is a server over a handful of objects, with the given upstream.
func cluster(t *testing.T, upstream ...string) *handler {
	records := newRecords("cluster.local", informers.NewSharedInformerFactory(fake.NewSimpleClientset(), 0))
	records.synced = func() bool { return true }
	_ = records.namespaces.Add(&core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "shop"}})
	http := []core.ServicePort{{Name: "http", Port: 80, Protocol: core.ProtocolTCP}}
	for _, spec := range []struct {
		name string
		spec core.ServiceSpec
	}{
		{"web", core.ServiceSpec{ClusterIP: "10.96.0.7", ClusterIPs: []string{"10.96.0.7", "fd00::7"}, Ports: http}},
		{"old", core.ServiceSpec{ClusterIP: "10.96.0.8", Ports: http}},
		{"db", core.ServiceSpec{ClusterIP: "None", ClusterIPs: []string{"None"}, Ports: http}},
		{"empty", core.ServiceSpec{ClusterIP: "None", Ports: http}},
		{"away", core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "example.org"}},
		{"alias", core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "web.shop.svc.cluster.local"}},
		{"loop", core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "loop.shop.svc.cluster.local"}},
	} {
		_ = records.services.Add(&core.Service{ObjectMeta: object(spec.name), Spec: spec.spec})
	}
	addresses := []core.EndpointAddress{{IP: "10.244.1.2", Hostname: "db-0"}, {IP: "10.244.1.3"}}
	for i := 0; i < 60; i++ {
		addresses = append(addresses, core.EndpointAddress{IP: fmt.Sprintf("10.244.2.%d", i)})
	}
	_ = records.endpoints.Add(&core.Endpoints{ObjectMeta: object("db"), Subsets: []core.EndpointSubset{{
		Addresses: addresses, NotReadyAddresses: []core.EndpointAddress{{IP: "10.244.9.9"}},
		Ports: []core.EndpointPort{{Name: "http", Port: 8080, Protocol: core.ProtocolTCP}}}}})
	return newHandler(records, newForwarder(upstream))
}

func ask(h *handler, name string, kind uint16, network string) *dns.Msg {
	return h.respond(new(dns.Msg).SetQuestion(name, kind), network)
}

func TestAnswers(t *testing.T) {
	h := cluster(t)
	for _, c := range []struct {
		name  string
		kind  uint16
		rcode int
		count int
	}{
		{"web.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 1},
		{"WEB.Shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 1},
		{"web.shop.svc.cluster.local.", dns.TypeAAAA, dns.RcodeSuccess, 1},
		{"old.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 1},
		{"old.shop.svc.cluster.local.", dns.TypeAAAA, dns.RcodeSuccess, 0},
		{"none.shop.svc.cluster.local.", dns.TypeA, dns.RcodeNameError, 0},
		{"x.web.shop.svc.cluster.local.", dns.TypeA, dns.RcodeNameError, 0},
		{"shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 0},
		{"svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 0},
		{"nowhere.svc.cluster.local.", dns.TypeA, dns.RcodeNameError, 0},
		{"web.shop.cluster.local.", dns.TypeA, dns.RcodeNameError, 0},
		{"cluster.local.", dns.TypeSOA, dns.RcodeSuccess, 1},
		{"db.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 62},
		{"empty.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 0},
		{"db-0.db.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 1},
		{"10-244-1-3.db.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 1},
		{"_http._tcp.web.shop.svc.cluster.local.", dns.TypeSRV, dns.RcodeSuccess, 1},
		{"_http._udp.web.shop.svc.cluster.local.", dns.TypeSRV, dns.RcodeNameError, 0},
		{"_http._tcp.db.shop.svc.cluster.local.", dns.TypeSRV, dns.RcodeSuccess, 62},
		{"_tcp.web.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 0},
		{"10-244-1-2.shop.pod.cluster.local.", dns.TypeA, dns.RcodeSuccess, 1},
		{"nonsense.shop.pod.cluster.local.", dns.TypeA, dns.RcodeNameError, 0},
		{"10-244-1-2.nowhere.pod.cluster.local.", dns.TypeA, dns.RcodeNameError, 0},
		{"7.0.96.10.in-addr.arpa.", dns.TypePTR, dns.RcodeSuccess, 1},
		{"2.1.244.10.in-addr.arpa.", dns.TypePTR, dns.RcodeSuccess, 1},
		{"away.shop.svc.cluster.local.", dns.TypeCNAME, dns.RcodeSuccess, 1},
		{"alias.shop.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, 2},
		{"dns-version.cluster.local.", dns.TypeTXT, dns.RcodeSuccess, 1},
		{"example.org.", dns.TypeA, dns.RcodeServerFailure, 0},
	} {
		reply := ask(h, c.name, c.kind, "tcp")
		if reply.Rcode != c.rcode || len(reply.Answer) != c.count {
			t.Errorf("%s %s: %s with %d records, want %s with %d", c.name, dns.TypeToString[c.kind],
				dns.RcodeToString[reply.Rcode], len(reply.Answer), dns.RcodeToString[c.rcode], c.count)
		}
		if len(reply.Answer) == 0 && reply.Rcode != dns.RcodeServerFailure && len(reply.Ns) != 1 {
			t.Errorf("%s: a negative answer without SOA cannot be cached", c.name)
		}
	}
	if reply := ask(h, "loop.shop.svc.cluster.local.", dns.TypeA, "tcp"); len(reply.Answer) > 10 {
		t.Errorf("a loop of names gave %d records", len(reply.Answer))
	}
}

func TestTruncation(t *testing.T) {
	h := cluster(t)
	if reply := ask(h, "db.shop.svc.cluster.local.", dns.TypeA, "udp"); !reply.Truncated || reply.Len() > dns.MinMsgSize {
		t.Errorf("plain UDP: truncated %v, %d bytes", reply.Truncated, reply.Len())
	}
	request := new(dns.Msg).SetQuestion("db.shop.svc.cluster.local.", dns.TypeA)
	request.SetEdns0(4096, false)
	if reply := h.respond(request, "udp"); reply.Truncated || len(reply.Answer) != 62 || reply.IsEdns0() == nil {
		t.Errorf("EDNS0: truncated %v, %d records", reply.Truncated, len(reply.Answer))
	}
}

func TestNotSyncedFails(t *testing.T) {
	h := cluster(t)
	h.records.synced = func() bool { return false }
	if reply := ask(h, "web.shop.svc.cluster.local.", dns.TypeA, "udp"); reply.Rcode != dns.RcodeServerFailure {
		t.Errorf("before the first read: %s", dns.RcodeToString[reply.Rcode])
	}
}

func TestForwardingAndCache(t *testing.T) {
	connection, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	server := &dns.Server{PacketConn: connection, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		asked++
		reply := new(dns.Msg).SetReply(request)
		reply.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: request.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(192, 0, 2, 1)}}
		_ = w.WriteMsg(reply)
	})}
	go func() { _ = server.ActivateAndServe() }()
	defer func() { _ = server.Shutdown() }()
	// The first upstream is dead: the second answers.
	h := cluster(t, "127.0.0.1:1", connection.LocalAddr().String())
	for i := 0; i < 3; i++ {
		if reply := ask(h, "example.org.", dns.TypeA, "udp"); len(reply.Answer) != 1 {
			t.Fatalf("no answer: %v", reply)
		}
	}
	if asked != 1 {
		t.Errorf("the upstream was asked %d times for one name", asked)
	}
	if reply := ask(h, "away.shop.svc.cluster.local.", dns.TypeA, "udp"); len(reply.Answer) != 2 {
		t.Errorf("external name: %v", reply.Answer)
	}
}
