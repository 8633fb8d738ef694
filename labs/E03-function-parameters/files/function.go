package main

import (
	"fmt"
	"net/http"
	"os"
)

// greet answers by name whoever gives one. The name is only ever written, never read as a format or as markup.
func greet(answer http.ResponseWriter, request *http.Request) {
	answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	answer.Header().Set("X-Content-Type-Options", "nosniff")
	if name := request.URL.Query().Get("name"); name != "" {
		fmt.Fprint(answer, name, ", ")
	}
	fmt.Fprintln(answer, os.Getenv("GREETING"))
}
