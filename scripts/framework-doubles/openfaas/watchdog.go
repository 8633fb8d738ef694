package main

import (
	"bytes"
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// runWatchdog is the classic watchdog: one process of `fprocess` for each request, the body as its standard input.
func runWatchdog() error {
	process := strings.Fields(os.Getenv("fprocess"))
	if len(process) == 0 {
		return errors.New(`Provide a valid process via "fprocess" environmental variable.`)
	}
	limit, err := time.ParseDuration(setting("exec_timeout", "10s"))
	if err != nil {
		return err
	}
	isCombined := setting("combine_output", "true") == "true"
	mux := http.NewServeMux()
	mux.HandleFunc("/_/health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/", func(writer http.ResponseWriter, request *http.Request) {
		ctx, cancel := context.WithTimeout(request.Context(), limit)
		defer cancel()
		command := exec.CommandContext(ctx, process[0], process[1:]...)
		command.Env = append(os.Environ(), requestEnvironment(request)...)
		command.Stdin = request.Body
		var output bytes.Buffer
		command.Stdout = &output
		command.Stderr = log.Writer()
		if isCombined {
			command.Stderr = &output
		}
		err := command.Run()
		switch {
		case ctx.Err() == context.DeadlineExceeded:
			refuse(writer, http.StatusRequestTimeout, "Killed process.\n")
		case err != nil:
			refuse(writer, http.StatusInternalServerError, err.Error()+"\n"+output.String())
		default:
			if kind := request.Header.Get("Content-Type"); kind != "" {
				writer.Header().Set("Content-Type", kind)
			}
			_, _ = output.WriteTo(writer)
		}
	})
	return serve(":"+setting("port", "8080"), mux)
}

func requestEnvironment(request *http.Request) []string {
	variables := []string{"Http_Method=" + request.Method, "Http_Path=" + request.URL.Path, "Http_Query=" + request.URL.RawQuery}
	for name, values := range request.Header {
		variables = append(variables, "Http_"+strings.ReplaceAll(name, "-", "_")+"="+values[0])
	}
	return variables
}
