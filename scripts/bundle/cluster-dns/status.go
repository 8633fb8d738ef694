package main

import (
	"fmt"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
)

// readiness says whether this server should get traffic: after the first full read of the cluster, until the end begins.
type readiness struct {
	synced func() bool
	ending int32
}

func (r *readiness) end() { atomic.StoreInt32(&r.ending, 1) }

func (r *readiness) serve(w http.ResponseWriter, _ *http.Request) {
	switch {
	case atomic.LoadInt32(&r.ending) != 0:
		http.Error(w, "ending", http.StatusServiceUnavailable)
	case !r.synced():
		http.Error(w, "services and endpoints are not read yet", http.StatusServiceUnavailable)
	default:
		fmt.Fprint(w, "OK")
	}
}

// counters in the Prometheus text format; a handful does not need the library.
type counters struct {
	mutex  sync.Mutex
	values map[string]uint64
}

func (c *counters) add(name string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.values == nil {
		c.values = map[string]uint64{}
	}
	c.values[name]++
}

func (c *counters) serve(w http.ResponseWriter, _ *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	names := []string{}
	for name := range c.values {
		names = append(names, name)
	}
	sort.Strings(names)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	for _, name := range names {
		fmt.Fprintf(w, "%s %d\n", name, c.values[name])
	}
}
