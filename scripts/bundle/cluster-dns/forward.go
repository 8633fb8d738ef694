package main

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	upstreamTimeout = 2 * time.Second
	longestTTL      = 30 * time.Second
	cacheEntries    = 4096
)

// upstreamServers come from the flag, else from resolv.conf; none at all is a valid state of a host without a network.
func upstreamServers(flag, resolvConf string) ([]string, error) {
	names := strings.FieldsFunc(flag, func(r rune) bool { return r == ',' || r == ' ' })
	if len(names) == 0 {
		config, err := dns.ClientConfigFromFile(resolvConf)
		if err != nil {
			return nil, fmt.Errorf("read the upstream servers: %v", err)
		}
		names = config.Servers
	}
	found := []string{}
	for _, name := range names {
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			host, port = strings.Trim(name, "[]"), "53"
		}
		if net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil {
			return nil, fmt.Errorf("upstream %q is not an address", name)
		}
		found = append(found, net.JoinHostPort(host, port))
	}
	return found, nil
}

type cached struct {
	message *dns.Msg
	stored  time.Time
	until   time.Time
}

// forwarder asks other servers for names outside the cluster, and remembers their answers briefly.
type forwarder struct {
	servers []string
	mutex   sync.Mutex
	cache   map[string]cached
	// limit keeps a dead upstream from collecting waiting questions without end.
	limit chan struct{}
}

func newForwarder(servers []string) *forwarder {
	return &forwarder{servers: servers, cache: map[string]cached{}, limit: make(chan struct{}, 512)}
}

func (f *forwarder) resolve(request *dns.Msg) *dns.Msg {
	question := request.Question[0]
	secure := request.IsEdns0() != nil && request.IsEdns0().Do()
	key := fmt.Sprint(strings.ToLower(question.Name), question.Qtype, secure, request.CheckingDisabled)
	if message := f.recall(key); message != nil {
		return message
	}
	select {
	case f.limit <- struct{}{}:
		defer func() { <-f.limit }()
	default:
		return new(dns.Msg).SetRcode(request, dns.RcodeServerFailure)
	}
	asked := new(dns.Msg)
	asked.SetQuestion(question.Name, question.Qtype)
	asked.CheckingDisabled = request.CheckingDisabled
	asked.SetEdns0(1232, secure)
	var last *dns.Msg
	for _, server := range f.servers {
		message := exchange(asked, server)
		if message == nil {
			continue
		}
		last = message
		if message.Rcode == dns.RcodeSuccess || message.Rcode == dns.RcodeNameError {
			f.remember(key, message)
			return message
		}
	}
	if last != nil {
		return last
	}
	return new(dns.Msg).SetRcode(request, dns.RcodeServerFailure)
}

// exchange asks one server: by UDP, and by TCP for what does not fit.
func exchange(asked *dns.Msg, server string) *dns.Msg {
	for _, network := range []string{"udp", "tcp"} {
		client := &dns.Client{Net: network, Timeout: upstreamTimeout, UDPSize: dns.DefaultMsgSize}
		message, _, err := client.Exchange(asked, server)
		if err == nil && message != nil && !message.Truncated {
			return message
		}
		if err != nil {
			return nil
		}
	}
	return nil
}

func (f *forwarder) recall(key string) *dns.Msg {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	entry, present := f.cache[key]
	now := time.Now()
	if !present || now.After(entry.until) {
		delete(f.cache, key)
		return nil
	}
	message := entry.message.Copy()
	age := uint32(now.Sub(entry.stored) / time.Second)
	for _, section := range [][]dns.RR{message.Answer, message.Ns, message.Extra} {
		for _, record := range section {
			// An option record keeps flags where others have their time to live.
			if head := record.Header(); head.Rrtype != dns.TypeOPT {
				if head.Ttl > age {
					head.Ttl -= age
				} else {
					head.Ttl = 0
				}
			}
		}
	}
	return message
}

func (f *forwarder) remember(key string, message *dns.Msg) {
	lifetime := longestTTL
	shorten := func(ttl uint32) {
		if age := time.Duration(ttl) * time.Second; age < lifetime {
			lifetime = age
		}
	}
	for _, record := range message.Answer {
		shorten(record.Header().Ttl)
	}
	if len(message.Answer) == 0 {
		negative := false
		for _, record := range message.Ns {
			if start, ok := record.(*dns.SOA); ok {
				negative = true
				shorten(start.Minttl)
				shorten(start.Hdr.Ttl)
			}
		}
		if !negative {
			return
		}
	}
	if lifetime <= 0 {
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.cache) >= cacheEntries {
		// Any entry: the map's order is random enough, and all of them are short-lived.
		for old := range f.cache {
			delete(f.cache, old)
			break
		}
	}
	now := time.Now()
	f.cache[key] = cached{message.Copy(), now, now.Add(lifetime)}
}
