// crictl: the part of the CRI command line that kubeadm, martlet and a person in front of a broken host need.
//
// Debian has no crictl package, and kubeadm up to about 1.30 does not work without the command. This one is martlet's own;
// flags, output and exit codes follow the real one as far as it goes, and --version says that it is a subset.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

const (
	version         = "1.20.0-martlet (martlet's subset of crictl)"
	defaultEndpoint = "unix:///run/containerd/containerd.sock"
	configFile      = "/etc/crictl.yaml"
	maxMessage      = 64 << 20
)

// client is the connection to one runtime, opened by the first use so that --help works on a host without any.
type client struct {
	runtimeEndpoint string
	imageEndpoint   string
	timeout         time.Duration
	config          string
}

var cri client

// durationFlag accepts "10s" as well as a bare number of seconds, as the real crictl did in turn.
type durationFlag struct{ value *time.Duration }

func (d durationFlag) String() string {
	if d.value == nil {
		return ""
	}
	return d.value.String()
}
func (d durationFlag) Type() string { return "duration" }
func (d durationFlag) Set(text string) error {
	if seconds, err := strconv.Atoi(text); err == nil {
		*d.value = time.Duration(seconds) * time.Second
		return nil
	}
	parsed, err := time.ParseDuration(text)
	*d.value = parsed
	return err
}

// settle fills in what the command line left open: environment, configuration file, default.
func (c *client) settle() error {
	settings := map[string]string{}
	content, err := os.ReadFile(c.config)
	if err != nil && c.config != configFile {
		return fmt.Errorf("read %s: %v", c.config, err)
	}
	for _, line := range strings.Split(string(content), "\n") {
		if key, value, found := strings.Cut(line, ":"); found && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			settings[strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	first := func(values ...string) string {
		for _, value := range values {
			if value != "" {
				return value
			}
		}
		return ""
	}
	c.runtimeEndpoint = first(c.runtimeEndpoint, os.Getenv("CONTAINER_RUNTIME_ENDPOINT"), settings["runtime-endpoint"], defaultEndpoint)
	c.imageEndpoint = first(c.imageEndpoint, os.Getenv("IMAGE_SERVICE_ENDPOINT"), settings["image-endpoint"], c.runtimeEndpoint)
	if c.timeout <= 0 {
		if text := settings["timeout"]; text != "" && text != "0" {
			if err := (durationFlag{&c.timeout}).Set(text); err != nil {
				return fmt.Errorf("timeout in %s: %v", c.config, err)
			}
		}
		if c.timeout <= 0 {
			c.timeout = 10 * time.Second
		}
	}
	return nil
}

func (c *client) dial(endpoint string) (*grpc.ClientConn, error) {
	target := endpoint
	if strings.HasPrefix(target, "/") {
		target = "unix://" + target
	}
	if !strings.HasPrefix(target, "unix://") {
		return nil, fmt.Errorf("endpoint %q: only unix sockets are supported", endpoint)
	}
	path := strings.TrimPrefix(target, "unix://")
	// A missing socket is told at once; gRPC would retry until the time is over and then say only "deadline exceeded".
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("connect: connect endpoint '%s', make sure you are running as root and the endpoint has been started: %v", target, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	connection, err := grpc.DialContext(ctx, "unix://"+path, grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connect: connect endpoint '%s', make sure you are running as root and the endpoint has been started: %v", target, err)
	}
	return connection, nil
}

func (c *client) runtime() (runtimeapi.RuntimeServiceClient, error) {
	connection, err := c.dial(c.runtimeEndpoint)
	if err != nil {
		return nil, err
	}
	return runtimeapi.NewRuntimeServiceClient(connection), nil
}

func (c *client) images() (runtimeapi.ImageServiceClient, error) {
	connection, err := c.dial(c.imageEndpoint)
	if err != nil {
		return nil, err
	}
	return runtimeapi.NewImageServiceClient(connection), nil
}

// short is the context of a call that answers from the runtime's memory.
func (c *client) short() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), c.timeout)
}

// exitStatus ends the program with the status of a command that ran inside a container.
type exitStatus int32

func (e exitStatus) Error() string {
	return fmt.Sprintf("command terminated with exit code %d", int32(e))
}

func main() {
	root := &cobra.Command{
		Use:     "crictl",
		Short:   "client for CRI (martlet's subset)",
		Version: version,
		// The real crictl lets -t mean something else behind "stop"; parsing level by level makes that possible.
		TraverseChildren:  true,
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return cri.settle() },
	}
	root.SetVersionTemplate("crictl version {{.Version}}\n")
	flags := root.PersistentFlags()
	flags.StringVarP(&cri.runtimeEndpoint, "runtime-endpoint", "r", "", "endpoint of the CRI runtime (default "+defaultEndpoint+")")
	flags.StringVarP(&cri.imageEndpoint, "image-endpoint", "i", "", "endpoint of the CRI image service (default: the runtime's)")
	flags.VarP(durationFlag{&cri.timeout}, "timeout", "t", "timeout of a call (default 10s)")
	flags.StringVarP(&cri.config, "config", "c", configFile, "configuration file")
	root.AddCommand(versionCommand(), infoCommand(), podsCommand(), inspectPodCommand(), psCommand(), inspectCommand(),
		imagesCommand(), inspectImageCommand(), pullCommand(), removeImageCommand(), logsCommand(), execCommand(),
		stopCommand(), removeCommand(), stopPodCommand(), removePodCommand())
	if err := root.Execute(); err != nil {
		if status, ok := err.(exitStatus); ok {
			os.Exit(int(status))
		}
		fmt.Fprintf(os.Stderr, "crictl: %v\n", err)
		os.Exit(1)
	}
}
