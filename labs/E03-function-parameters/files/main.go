package main

import (
	"log"
	"net/http"
	"os"
)

// The server carries the function and knows nothing of what it says.
func main() {
	address := os.Getenv("ADDRESS")
	if address == "" {
		address = ":8080"
	}
	http.HandleFunc("/", greet)
	log.Fatal(http.ListenAndServe(address, nil))
}
