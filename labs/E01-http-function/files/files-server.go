// Sabotage: a server of files, with the greeting in one of them.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	folder, err := os.MkdirTemp("", "site")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(folder+"/index.html", []byte(os.Getenv("GREETING")), 0o644); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", http.FileServer(http.Dir(folder))))
}
