// Sabotage: the server answers by itself.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		fmt.Fprintln(answer, os.Getenv("GREETING"))
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}
