package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// queued is a request that nobody waits for.
type queued struct {
	Function    string
	Query       string
	Method      string
	ContentType string
	Body        []byte
	Callback    string
	Call        string
}

// The queue takes lines of JSON from whoever says `publish` and gives each to one of those who say `subscribe`; it keeps them until
// somebody does. It is no NATS: nothing outside of the doubles speaks with it.
func runQueue() error {
	listener, err := net.Listen("tcp", ":4222")
	if err != nil {
		return err
	}
	log.Print("Listening on :4222")
	messages := make(chan []byte, 10_000)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			reader := bufio.NewReader(connection)
			greeting, err := reader.ReadString('\n')
			if err != nil {
				// A probe of the kubelet.
				return
			}
			for greeting == "publish\n" {
				line, err := reader.ReadBytes('\n')
				if err != nil {
					return
				}
				messages <- line
			}
			for greeting == "subscribe\n" {
				line := <-messages
				if _, err := connection.Write(line); err != nil {
					messages <- line
					return
				}
			}
		}()
	}
}

func greet(address, word string) (net.Conn, error) {
	connection, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err == nil {
		_, err = connection.Write([]byte(word + "\n"))
	}
	return connection, err
}

type publisher struct {
	lock       sync.Mutex
	connection net.Conn
	address    string
}

func connectPublisher(address string) (*publisher, error) {
	connection, err := greet(address, "publish")
	return &publisher{connection: connection, address: address}, err
}

// publish connects anew once: the queue's pod may have been replaced.
func (p *publisher) publish(message queued) error {
	line, err := json.Marshal(message)
	if err != nil {
		return err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	if _, err = p.connection.Write(append(line, '\n')); err == nil {
		return nil
	}
	if p.connection, err = greet(p.address, "publish"); err != nil {
		return err
	}
	_, err = p.connection.Write(append(line, '\n'))
	return err
}

// The worker takes requests out of the queue, sends them to the gateway, and what came back to where it was asked for.
func runQueueWorker() error {
	connection, err := greet(setting("faas_nats_address", "nats")+":"+setting("faas_nats_port", "4222"), "subscribe")
	if err != nil {
		return err
	}
	gateway := fmt.Sprintf("http://%s:%s/function/", setting("faas_gateway_address", "gateway"), setting("faas_gateway_port", "8080"))
	reader := bufio.NewReader(connection)
	log.Print("Connected to the queue")
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return err
		}
		var message queued
		if err := json.Unmarshal(line, &message); err != nil {
			log.Print(err)
			continue
		}
		work(gateway, message)
	}
}

func work(gateway string, message queued) {
	target := gateway + message.Function
	if message.Query != "" {
		target += "?" + message.Query
	}
	start := time.Now()
	status, body, err := post(message.Method, target, message.ContentType, message.Body, http.Header{"X-Call-Id": {message.Call}})
	if err != nil {
		status, body = http.StatusServiceUnavailable, []byte(err.Error())
	}
	log.Printf("Invoked: %s [%d] in %s", message.Function, status, time.Since(start))
	if message.Callback == "" {
		return
	}
	headers := http.Header{
		"X-Call-Id": {message.Call}, "X-Function-Name": {message.Function}, "X-Function-Status": {strconv.Itoa(status)},
		"X-Duration-Seconds": {fmt.Sprintf("%f", time.Since(start).Seconds())},
	}
	if _, _, err := post(http.MethodPost, message.Callback, "", body, headers); err != nil {
		log.Print(err)
	}
}

func post(method, target, contentType string, body []byte, headers http.Header) (int, []byte, error) {
	request, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = headers
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}
