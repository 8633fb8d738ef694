package main

import (
	"fmt"
	"net"
	"sort"
	"strings"

	"github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

const (
	recordTTL   = 5
	negativeTTL = 5
	addressKey  = "address"
)

// records answers from the informers' caches.
type records struct {
	zone       string
	services   cache.Indexer
	endpoints  cache.Indexer
	namespaces cache.Indexer
	synced     func() bool
}

func newRecords(domain string, factory informers.SharedInformerFactory) *records {
	services, endpoints, namespaces := factory.Core().V1().Services().Informer(), factory.Core().V1().Endpoints().Informer(), factory.Core().V1().Namespaces().Informer()
	_ = services.AddIndexers(cache.Indexers{addressKey: serviceAddresses})
	_ = endpoints.AddIndexers(cache.Indexers{addressKey: endpointAddresses})
	return &records{
		zone:     dns.Fqdn(strings.ToLower(domain)),
		services: services.GetIndexer(), endpoints: endpoints.GetIndexer(), namespaces: namespaces.GetIndexer(),
		synced: func() bool { return services.HasSynced() && endpoints.HasSynced() && namespaces.HasSynced() },
	}
}

func serviceAddresses(object interface{}) ([]string, error) {
	service, ok := object.(*core.Service)
	if !ok {
		return nil, nil
	}
	return clusterIPs(service), nil
}

func endpointAddresses(object interface{}) ([]string, error) {
	endpoints, ok := object.(*core.Endpoints)
	if !ok {
		return nil, nil
	}
	found := []string{}
	for _, subset := range endpoints.Subsets {
		for _, address := range subset.Addresses {
			found = append(found, address.IP)
		}
	}
	return found, nil
}

func clusterIPs(service *core.Service) []string {
	addresses := service.Spec.ClusterIPs
	if len(addresses) == 0 && service.Spec.ClusterIP != "" {
		addresses = []string{service.Spec.ClusterIP}
	}
	kept := []string{}
	for _, address := range addresses {
		if net.ParseIP(address) != nil {
			kept = append(kept, address)
		}
	}
	return kept
}

// answer of the authoritative part. exists is false for NXDOMAIN; a name without records of the type is NODATA.
type answer struct {
	exists bool
	zone   string
	answer []dns.RR
	extra  []dns.RR
	// target to be resolved elsewhere: an ExternalName outside the cluster's domain.
	chase string
}

// owns says whether a name is this server's to answer, from the zone or from a known address.
func (r *records) owns(name string) bool {
	if name == r.zone || strings.HasSuffix(name, "."+r.zone) {
		return true
	}
	address := reverseAddress(name)
	return address != "" && len(r.pointers(address)) > 0
}

func (r *records) lookup(name string, kind uint16) answer {
	name = strings.ToLower(dns.Fqdn(name))
	if address := reverseAddress(name); address != "" {
		found := answer{exists: true, zone: name}
		if kind == dns.TypePTR || kind == dns.TypeANY {
			for _, target := range r.pointers(address) {
				found.answer = append(found.answer, &dns.PTR{Hdr: header(name, dns.TypePTR), Ptr: target})
			}
		}
		return found
	}
	found := answer{zone: r.zone}
	if name == r.zone {
		found.exists = true
		switch kind {
		case dns.TypeSOA:
			found.answer = []dns.RR{soa(r.zone)}
		case dns.TypeNS:
			found.answer = []dns.RR{&dns.NS{Hdr: header(name, dns.TypeNS), Ns: "ns.dns." + r.zone}}
		}
		return found
	}
	labels := dns.SplitDomainName(strings.TrimSuffix(name, "."+r.zone))
	// Read from the right: TYPE, NAMESPACE, SERVICE, and then a port with its protocol or the name of an endpoint.
	right := func(position int) string { return labels[len(labels)-1-position] }
	switch right(0) {
	case "dns-version":
		if len(labels) == 1 {
			found.exists = true
			if kind == dns.TypeTXT {
				found.answer = []dns.RR{&dns.TXT{Hdr: header(name, dns.TypeTXT), Txt: []string{"1.1.0"}}}
			}
		}
		return found
	case "pod":
		return r.pod(found, name, kind, labels[:len(labels)-1])
	case "svc":
	default:
		return found
	}
	switch {
	case len(labels) == 1:
		found.exists = true
		return found
	case len(labels) == 2:
		found.exists = r.hasNamespace(right(1))
		return found
	}
	object, present, _ := r.services.GetByKey(right(1) + "/" + right(2))
	if !present {
		return found
	}
	return r.service(found, name, kind, object.(*core.Service), labels[:len(labels)-3])
}

func (r *records) hasNamespace(name string) bool {
	_, present, _ := r.namespaces.GetByKey(name)
	return present
}

// pod answers 1-2-3-4.NAMESPACE.pod: the address is in the name.
func (r *records) pod(found answer, name string, kind uint16, labels []string) answer {
	if len(labels) == 0 {
		found.exists = true
		return found
	}
	if !r.hasNamespace(labels[len(labels)-1]) || len(labels) > 2 {
		return found
	}
	if len(labels) == 1 {
		found.exists = true
		return found
	}
	address := net.ParseIP(strings.ReplaceAll(labels[0], "-", "."))
	if address == nil {
		address = net.ParseIP(strings.ReplaceAll(labels[0], "-", ":"))
	}
	if address != nil {
		found.exists = true
		found.answer = addressRecords(name, kind, []string{address.String()})
	}
	return found
}

// target is one address a service's name leads to, with the ports it offers.
type target struct {
	label   string
	address string
	ports   []core.EndpointPort
}

func (r *records) targets(service *core.Service) []target {
	object, present, _ := r.endpoints.GetByKey(service.Namespace + "/" + service.Name)
	if !present {
		return nil
	}
	found := []target{}
	for _, subset := range object.(*core.Endpoints).Subsets {
		addresses := subset.Addresses
		if service.Spec.PublishNotReadyAddresses {
			addresses = append(append([]core.EndpointAddress{}, addresses...), subset.NotReadyAddresses...)
		}
		for _, address := range addresses {
			found = append(found, target{endpointLabel(address), address.IP, subset.Ports})
		}
	}
	return found
}

func endpointLabel(address core.EndpointAddress) string {
	if address.Hostname != "" {
		return strings.ToLower(address.Hostname)
	}
	return strings.NewReplacer(".", "-", ":", "-").Replace(address.IP)
}

func (r *records) service(found answer, name string, kind uint16, service *core.Service, rest []string) answer {
	full := service.Name + "." + service.Namespace + ".svc." + r.zone
	if service.Spec.Type == core.ServiceTypeExternalName {
		if len(rest) > 0 {
			return found
		}
		found.exists = true
		external := dns.Fqdn(strings.ToLower(service.Spec.ExternalName))
		found.answer = []dns.RR{&dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: external}}
		if kind != dns.TypeCNAME && external != name {
			found.chase = external
		}
		return found
	}
	addresses := clusterIPs(service)
	headless := len(addresses) == 0
	targets := []target{}
	if headless {
		targets = r.targets(service)
	} else {
		ports := []core.EndpointPort{}
		for _, port := range service.Spec.Ports {
			ports = append(ports, core.EndpointPort{Name: port.Name, Port: port.Port, Protocol: port.Protocol})
		}
		for _, address := range addresses {
			targets = append(targets, target{"", address, ports})
		}
	}
	switch {
	case len(rest) == 0:
		// A headless service without ready endpoints exists, but has no address: NODATA, so that clients look again soon.
		found.exists = true
		all := []string{}
		for _, one := range targets {
			all = append(all, one.address)
		}
		found.answer = addressRecords(name, kind, all)
		if kind == dns.TypeSRV {
			r.serviceRecords(&found, name, full, targets, func(core.EndpointPort) bool { return true })
		}
	case len(rest) == 1 && strings.HasPrefix(rest[0], "_"):
		// The empty name between a port's name and the service: only there because something lies below it.
		protocol := strings.TrimPrefix(rest[0], "_")
		for _, one := range targets {
			for _, port := range one.ports {
				found.exists = found.exists || (port.Name != "" && strings.EqualFold(string(protocolOf(port)), protocol))
			}
		}
	case len(rest) == 1 && headless:
		matching := []string{}
		for _, one := range targets {
			if one.label == rest[0] {
				matching = append(matching, one.address)
			}
		}
		found.exists = len(matching) > 0
		found.answer = addressRecords(name, kind, matching)
	case len(rest) == 2 && strings.HasPrefix(rest[0], "_") && strings.HasPrefix(rest[1], "_"):
		wanted := func(port core.EndpointPort) bool {
			return port.Name != "" && strings.EqualFold(port.Name, rest[0][1:]) && strings.EqualFold(string(protocolOf(port)), rest[1][1:])
		}
		all := answer{}
		r.serviceRecords(&all, name, full, targets, wanted)
		found.exists = len(all.answer) > 0
		if kind == dns.TypeSRV || kind == dns.TypeANY {
			found.answer, found.extra = all.answer, all.extra
		}
	}
	return found
}

func protocolOf(port core.EndpointPort) core.Protocol {
	if port.Protocol == "" {
		return core.ProtocolTCP
	}
	return port.Protocol
}

// serviceRecords adds one SRV per distinct target and port, and the target's address as a hint.
func (r *records) serviceRecords(found *answer, name, full string, targets []target, wanted func(core.EndpointPort) bool) {
	seen := map[string]bool{}
	for _, one := range targets {
		host := full
		if one.label != "" {
			host = one.label + "." + full
		}
		for _, port := range one.ports {
			if !wanted(port) {
				continue
			}
			if key := fmt.Sprint(host, port.Port); !seen[key] {
				seen[key] = true
				found.answer = append(found.answer, &dns.SRV{Hdr: header(name, dns.TypeSRV), Priority: 0, Weight: 100, Port: uint16(port.Port), Target: host})
			}
			if key := host + one.address; !seen[key] {
				seen[key] = true
				found.extra = append(found.extra, addressRecords(host, dns.TypeANY, []string{one.address})...)
			}
		}
	}
}

// pointers are the names of a service's address, or of a headless service's endpoint.
func (r *records) pointers(address string) []string {
	names := map[string]bool{}
	services, _ := r.services.ByIndex(addressKey, address)
	for _, object := range services {
		service := object.(*core.Service)
		names[service.Name+"."+service.Namespace+".svc."+r.zone] = true
	}
	endpoints, _ := r.endpoints.ByIndex(addressKey, address)
	for _, object := range endpoints {
		one := object.(*core.Endpoints)
		owner, present, _ := r.services.GetByKey(one.Namespace + "/" + one.Name)
		if !present || len(clusterIPs(owner.(*core.Service))) > 0 {
			continue
		}
		for _, subset := range one.Subsets {
			for _, endpoint := range subset.Addresses {
				if endpoint.IP == address && endpoint.Hostname != "" {
					names[endpointLabel(endpoint)+"."+one.Name+"."+one.Namespace+".svc."+r.zone] = true
				}
			}
		}
	}
	sorted := []string{}
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	return sorted
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: recordTTL}
}

func soa(zone string) dns.RR {
	return &dns.SOA{Hdr: header(zone, dns.TypeSOA), Ns: "ns.dns." + zone, Mbox: "hostmaster." + zone,
		Serial: 1, Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: negativeTTL}
}

// addressRecords are the A or AAAA records of a name, each address once.
func addressRecords(name string, kind uint16, addresses []string) []dns.RR {
	found := []dns.RR{}
	seen := map[string]bool{}
	for _, text := range addresses {
		address := net.ParseIP(text)
		if address == nil || seen[text] {
			continue
		}
		seen[text] = true
		if four := address.To4(); four != nil {
			if kind == dns.TypeA || kind == dns.TypeANY {
				found = append(found, &dns.A{Hdr: header(name, dns.TypeA), A: four})
			}
		} else if kind == dns.TypeAAAA || kind == dns.TypeANY {
			found = append(found, &dns.AAAA{Hdr: header(name, dns.TypeAAAA), AAAA: address})
		}
	}
	return found
}

// reverseAddress is the address that a name below in-addr.arpa or ip6.arpa stands for, or nothing.
func reverseAddress(name string) string {
	name = strings.ToLower(name)
	reversed := func(suffix string) []string {
		labels := dns.SplitDomainName(strings.TrimSuffix(name, suffix))
		for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
			labels[i], labels[j] = labels[j], labels[i]
		}
		return labels
	}
	text := ""
	if strings.HasSuffix(name, ".in-addr.arpa.") {
		text = strings.Join(reversed("in-addr.arpa."), ".")
	} else if strings.HasSuffix(name, ".ip6.arpa.") {
		digits := reversed("ip6.arpa.")
		if len(digits) != 32 {
			return ""
		}
		for i, digit := range digits {
			if i > 0 && i%4 == 0 {
				text += ":"
			}
			text += digit
		}
	}
	if address := net.ParseIP(text); address != nil {
		return address.String()
	}
	return ""
}
