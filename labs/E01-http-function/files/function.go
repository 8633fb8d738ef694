package main

import (
	"fmt"
	"net/http"
	"os"
)

// greet is the function: it answers every request in the same way.
func greet(answer http.ResponseWriter, request *http.Request) {
	answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(answer, os.Getenv("GREETING"))
}
