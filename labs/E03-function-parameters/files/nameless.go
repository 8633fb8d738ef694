// Sabotage: an empty name is a name, too.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func greet(answer http.ResponseWriter, request *http.Request) {
	answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if names, given := request.URL.Query()["name"]; given {
		fmt.Fprint(answer, names[0], ", ")
	}
	fmt.Fprintln(answer, os.Getenv("GREETING"))
}
