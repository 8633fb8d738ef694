// Sabotage: another greeting needs another program.
package main

import (
	"fmt"
	"net/http"
)

// Instead of GREETING.
func greet(answer http.ResponseWriter, request *http.Request) {
	fmt.Fprintln(answer, "Hello from ${nonce}")
}
