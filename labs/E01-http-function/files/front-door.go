// Sabotage: only the first page is answered.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func greet(answer http.ResponseWriter, request *http.Request) {
	if request.URL.Path != "/" {
		http.NotFound(answer, request)
		return
	}
	fmt.Fprintln(answer, os.Getenv("GREETING"))
}
