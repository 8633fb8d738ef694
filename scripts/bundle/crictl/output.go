package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
)

// protoJSON is a message as the real crictl shows it: enums by name, 64-bit numbers as strings, empty fields present.
func protoJSON(message proto.Message) (json.RawMessage, error) {
	var buffer bytes.Buffer
	err := (&jsonpb.Marshaler{EmitDefaults: true}).Marshal(&buffer, message)
	return buffer.Bytes(), err
}

func printProto(message proto.Message) error {
	raw, err := protoJSON(message)
	if err != nil {
		return err
	}
	return printJSON(raw)
}

func printJSON(value interface{}) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var buffer bytes.Buffer
	if err := json.Indent(&buffer, raw, "", "  "); err != nil {
		return err
	}
	fmt.Println(buffer.String())
	return nil
}

// infoValues are the runtime's free-form values: JSON where they are JSON, strings otherwise.
func infoValues(info map[string]string) map[string]json.RawMessage {
	values := map[string]json.RawMessage{}
	for key, value := range info {
		if json.Valid([]byte(value)) {
			values[key] = json.RawMessage(value)
		} else {
			quoted, _ := json.Marshal(value)
			values[key] = quoted
		}
	}
	return values
}

func checkOutput(format string, allowed ...string) error {
	for _, one := range allowed {
		if format == one {
			return nil
		}
	}
	return fmt.Errorf("output format %q is not in martlet's subset: use %s", format, strings.Join(allowed, " or "))
}

func table(header string, rows [][]string) {
	writer := tabwriter.NewWriter(os.Stdout, 20, 1, 3, ' ', 0)
	fmt.Fprintln(writer, header)
	for _, row := range rows {
		fmt.Fprintln(writer, strings.Join(row, "\t"))
	}
	writer.Flush()
}

func ago(nanoseconds int64) string {
	if nanoseconds == 0 {
		return ""
	}
	age := time.Since(time.Unix(0, nanoseconds))
	plural := func(count int, unit string) string {
		if count == 1 {
			return "1 " + unit + " ago"
		}
		return fmt.Sprintf("%d %ss ago", count, unit)
	}
	switch {
	case age < time.Minute:
		return plural(int(age.Seconds()), "second")
	case age < time.Hour:
		return plural(int(age.Minutes()), "minute")
	case age < 48*time.Hour:
		return plural(int(age.Hours()), "hour")
	}
	return plural(int(age.Hours()/24), "day")
}

func truncated(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	if len(id) > 13 {
		return id[:13]
	}
	return id
}

func matches(pattern, text string) (bool, error) {
	if pattern == "" {
		return true, nil
	}
	return regexp.MatchString(pattern, text)
}

// labelSelector turns "a=b" words into the map the runtime filters by.
func labelSelector(words []string) (map[string]string, error) {
	selector := map[string]string{}
	for _, word := range words {
		key, value, found := strings.Cut(word, "=")
		if !found {
			return nil, fmt.Errorf("label %q: want key=value", word)
		}
		selector[key] = value
	}
	return selector, nil
}

func humanSize(bytes uint64) string {
	size, unit := float64(bytes), 0
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for size >= 1000 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	return fmt.Sprintf("%.3g%s", size, units[unit])
}

// logLine prints one line of a container's log to the stream it came from.
func logLine(line string, stdout, stderr io.Writer) {
	fields := strings.SplitN(line, " ", 4)
	if len(fields) < 4 {
		fmt.Fprintln(stdout, line)
		return
	}
	target := stdout
	if fields[1] == "stderr" {
		target = stderr
	}
	// Tag P: the runtime cut a long line, the rest follows.
	if strings.HasPrefix(fields[2], "P") {
		fmt.Fprint(target, fields[3])
	} else {
		fmt.Fprintln(target, fields[3])
	}
}
