package main

import (
	"math/rand"
	"strings"

	"github.com/miekg/dns"
)

// handler decides who answers a question, and puts the answer into a size the client can take.
type handler struct {
	records  *records
	forward  *forwarder
	counters *counters
}

func newHandler(records *records, forward *forwarder) *handler {
	return &handler{records, forward, &counters{}}
}

func (h *handler) ServeDNS(writer dns.ResponseWriter, request *dns.Msg) {
	reply := h.respond(request, writer.RemoteAddr().Network())
	h.counters.add(`cluster_dns_responses_total{rcode="` + dns.RcodeToString[reply.Rcode] + `"}`)
	_ = writer.WriteMsg(reply)
}

func (h *handler) respond(request *dns.Msg, network string) *dns.Msg {
	h.counters.add(`cluster_dns_requests_total{proto="` + network + `"}`)
	size := dns.MinMsgSize
	if network == "tcp" {
		size = dns.MaxMsgSize
	} else if option := request.IsEdns0(); option != nil && int(option.UDPSize()) > size {
		size = int(option.UDPSize())
	}
	var reply *dns.Msg
	switch {
	case request.Opcode != dns.OpcodeQuery:
		reply = new(dns.Msg).SetRcode(request, dns.RcodeNotImplemented)
	case len(request.Question) != 1:
		reply = new(dns.Msg).SetRcode(request, dns.RcodeFormatError)
	case request.IsEdns0() != nil && request.IsEdns0().Version() != 0:
		reply = new(dns.Msg).SetRcode(request, dns.RcodeBadVers)
	case request.Question[0].Qclass != dns.ClassINET:
		reply = new(dns.Msg).SetRcode(request, dns.RcodeRefused)
	case h.records.owns(strings.ToLower(request.Question[0].Name)):
		reply = h.authoritative(request)
	case h.ownReverse(request.Question[0].Name) && !h.records.synced():
		reply = new(dns.Msg).SetRcode(request, dns.RcodeServerFailure)
	default:
		h.counters.add("cluster_dns_forwarded_total")
		reply = h.forward.resolve(request)
	}
	reply.Id = request.Id
	reply.Response = true
	reply.RecursionDesired = request.RecursionDesired
	reply.RecursionAvailable = true
	reply.Question = request.Question
	// The upstream's option record is about its own connection.
	kept := reply.Extra[:0:0]
	for _, record := range reply.Extra {
		if record.Header().Rrtype != dns.TypeOPT {
			kept = append(kept, record)
		}
	}
	reply.Extra = kept
	if option := request.IsEdns0(); option != nil {
		reply.SetEdns0(dns.DefaultMsgSize, option.Do())
		// BADVERS and above do not fit the header.
		if reply.Rcode > 0xf {
			reply.IsEdns0().SetExtendedRcode(uint16(reply.Rcode))
		}
	}
	reply.Compress = true
	reply.Truncate(size)
	return reply
}

func (h *handler) ownReverse(name string) bool { return reverseAddress(name) != "" }

// authoritative answers for the cluster's domain. Before the first full read it fails instead of denying what may exist.
func (h *handler) authoritative(request *dns.Msg) *dns.Msg {
	if !h.records.synced() {
		return new(dns.Msg).SetRcode(request, dns.RcodeServerFailure)
	}
	question := request.Question[0]
	found := h.records.lookup(question.Name, question.Qtype)
	reply := new(dns.Msg).SetReply(request)
	reply.Authoritative = true
	reply.Answer, reply.Extra = found.answer, found.extra
	h.follow(request, reply, found)
	// Clients take the first address; a different one each time spreads them.
	if question.Qtype == dns.TypeA || question.Qtype == dns.TypeAAAA {
		if found.chase == "" {
			rand.Shuffle(len(reply.Answer), func(i, j int) { reply.Answer[i], reply.Answer[j] = reply.Answer[j], reply.Answer[i] })
		}
	}
	for _, record := range reply.Answer {
		// Answer with the spelling of the question: resolvers that mix cases on purpose compare it.
		if strings.EqualFold(record.Header().Name, question.Name) {
			record.Header().Name = question.Name
		}
	}
	if !found.exists {
		reply.Rcode = dns.RcodeNameError
	}
	if len(reply.Answer) == 0 && reply.Rcode != dns.RcodeServerFailure {
		reply.Ns = []dns.RR{soa(found.zone)}
	}
	return reply
}

// follow resolves the target of an ExternalName: most clients expect the address in the same answer.
func (h *handler) follow(request, reply *dns.Msg, found answer) {
	const longestChain = 8
	for step := 0; found.chase != "" && step < longestChain; step++ {
		target := found.chase
		if !h.records.owns(target) {
			next := request.Copy()
			next.Question[0].Name = target
			foreign := h.forward.resolve(next)
			if foreign.Rcode == dns.RcodeSuccess {
				reply.Answer = append(reply.Answer, foreign.Answer...)
			} else {
				reply.Rcode = foreign.Rcode
			}
			return
		}
		found = h.records.lookup(target, request.Question[0].Qtype)
		reply.Answer = append(reply.Answer, found.answer...)
	}
}
