// Sabotage: of two names the last one wins.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func greet(answer http.ResponseWriter, request *http.Request) {
	answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if names := request.URL.Query()["name"]; len(names) > 0 && names[len(names)-1] != "" {
		fmt.Fprint(answer, names[len(names)-1], ", ")
	}
	fmt.Fprintln(answer, os.Getenv("GREETING"))
}
