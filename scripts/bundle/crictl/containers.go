package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

func psCommand() *cobra.Command {
	var id, name, pod, state, output string
	var all, quiet bool
	var labels []string
	command := &cobra.Command{Use: "ps", Short: "list containers", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		if err := checkOutput(output, "table", "json"); err != nil {
			return err
		}
		selector, err := labelSelector(labels)
		if err != nil {
			return err
		}
		filter := &runtimeapi.ContainerFilter{Id: id, PodSandboxId: pod, LabelSelector: selector}
		wanted := state
		if wanted == "" && !all {
			wanted = "running"
		}
		if wanted != "" {
			value, known := runtimeapi.ContainerState_value["CONTAINER_"+strings.ToUpper(wanted)]
			if !known {
				return fmt.Errorf("--state should be one of created, running, exited or unknown")
			}
			filter.State = &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState(value)}
		}
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		ctx, cancel := cri.short()
		defer cancel()
		response, err := service.ListContainers(ctx, &runtimeapi.ListContainersRequest{Filter: filter})
		if err != nil {
			return fmt.Errorf("listing containers failed: %v", err)
		}
		kept := []*runtimeapi.Container{}
		for _, container := range response.Containers {
			ok, err := matches(name, container.GetMetadata().GetName())
			if err != nil {
				return err
			}
			if ok {
				kept = append(kept, container)
			}
		}
		sort.Slice(kept, func(i, j int) bool { return kept[i].CreatedAt > kept[j].CreatedAt })
		if output == "json" {
			return printProto(&runtimeapi.ListContainersResponse{Containers: kept})
		}
		rows := [][]string{}
		for _, container := range kept {
			if quiet {
				fmt.Println(container.Id)
				continue
			}
			state := strings.TrimPrefix(container.State.String(), "CONTAINER_")
			rows = append(rows, []string{truncated(container.Id), truncated(container.GetImage().GetImage()), ago(container.CreatedAt),
				state[:1] + strings.ToLower(state[1:]), container.GetMetadata().GetName(), fmt.Sprint(container.GetMetadata().GetAttempt()),
				truncated(container.PodSandboxId), container.Labels["io.kubernetes.pod.name"]})
		}
		if !quiet {
			table("CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID\tPOD", rows)
		}
		return nil
	}}
	flags := command.Flags()
	flags.BoolVarP(&all, "all", "a", false, "also containers that do not run")
	flags.StringVar(&id, "id", "", "only this container")
	flags.StringVar(&name, "name", "", "only names that match this regular expression")
	flags.StringVarP(&pod, "pod", "p", "", "only containers of this pod")
	flags.StringVarP(&state, "state", "s", "", "created, running, exited or unknown")
	flags.StringSliceVar(&labels, "label", nil, "only containers with this label (key=value)")
	flags.BoolVarP(&quiet, "quiet", "q", false, "identifiers only")
	flags.StringVarP(&output, "output", "o", "table", "table or json")
	return command
}

func inspectCommand() *cobra.Command {
	var output string
	command := &cobra.Command{Use: "inspect CONTAINER...", Short: "show the state of containers", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, ids []string) error {
		if err := checkOutput(output, "json"); err != nil {
			return err
		}
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		for _, id := range ids {
			ctx, cancel := cri.short()
			response, err := service.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: id, Verbose: true})
			cancel()
			if err != nil {
				return fmt.Errorf("getting the status of the container %q: %v", id, err)
			}
			status, err := protoJSON(response.Status)
			if err != nil {
				return err
			}
			if err := printStatus(status, response.Info); err != nil {
				return err
			}
		}
		return nil
	}}
	command.Flags().StringVarP(&output, "output", "o", "json", "json")
	return command
}

func stopCommand() *cobra.Command {
	var grace int64
	command := &cobra.Command{Use: "stop CONTAINER...", Short: "stop containers", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, ids []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		return each(ids, func(id string) error {
			if _, err := service.StopContainer(context.Background(), &runtimeapi.StopContainerRequest{ContainerId: id, Timeout: grace}); err != nil {
				return fmt.Errorf("stopping the container %q: %v", id, err)
			}
			fmt.Println(id)
			return nil
		})
	}}
	command.Flags().Int64VarP(&grace, "timeout", "t", 0, "seconds to wait before the container is killed")
	return command
}

func removeCommand() *cobra.Command {
	var force, all bool
	command := &cobra.Command{Use: "rm CONTAINER...", Short: "remove containers", RunE: func(_ *cobra.Command, ids []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		if all {
			ctx, cancel := cri.short()
			response, err := service.ListContainers(ctx, &runtimeapi.ListContainersRequest{})
			cancel()
			if err != nil {
				return fmt.Errorf("listing containers failed: %v", err)
			}
			ids = nil
			for _, container := range response.Containers {
				ids = append(ids, container.Id)
			}
		} else if len(ids) == 0 {
			return fmt.Errorf("at least one container identifier is needed, or --all")
		}
		return each(ids, func(id string) error {
			ctx, cancel := cri.short()
			response, err := service.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: id})
			cancel()
			if err != nil {
				return fmt.Errorf("getting the status of the container %q: %v", id, err)
			}
			if response.GetStatus().GetState() == runtimeapi.ContainerState_CONTAINER_RUNNING {
				if !force {
					return fmt.Errorf("removing the container %q: it is running, please stop it first (or use -f)", id)
				}
				if _, err := service.StopContainer(context.Background(), &runtimeapi.StopContainerRequest{ContainerId: id}); err != nil {
					return fmt.Errorf("stopping the container %q: %v", id, err)
				}
			}
			if _, err := service.RemoveContainer(context.Background(), &runtimeapi.RemoveContainerRequest{ContainerId: id}); err != nil {
				return fmt.Errorf("removing the container %q: %v", id, err)
			}
			fmt.Println(id)
			return nil
		})
	}}
	command.Flags().BoolVarP(&force, "force", "f", false, "stop running containers first")
	command.Flags().BoolVarP(&all, "all", "a", false, "all containers")
	return command
}

func execCommand() *cobra.Command {
	command := &cobra.Command{Use: "exec CONTAINER COMMAND [ARGUMENT...]", Short: "run a command in a container and print its output", Args: cobra.MinimumNArgs(2), RunE: func(_ *cobra.Command, words []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		response, err := service.ExecSync(context.Background(), &runtimeapi.ExecSyncRequest{ContainerId: words[0], Cmd: words[1:]})
		if err != nil {
			return fmt.Errorf("running a command in the container %q: %v", words[0], err)
		}
		os.Stdout.Write(response.Stdout)
		os.Stderr.Write(response.Stderr)
		if response.ExitCode != 0 {
			return exitStatus(response.ExitCode)
		}
		return nil
	}}
	// Flags behind the container belong to its command.
	command.Flags().SetInterspersed(false)
	return command
}

func logsCommand() *cobra.Command {
	var tail int64
	var follow bool
	command := &cobra.Command{Use: "logs CONTAINER", Short: "print the log of a container", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, words []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		ctx, cancel := cri.short()
		defer cancel()
		response, err := service.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: words[0]})
		if err != nil {
			return fmt.Errorf("getting the status of the container %q: %v", words[0], err)
		}
		path := response.GetStatus().GetLogPath()
		if path == "" {
			return fmt.Errorf("the container %q has no log", words[0])
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		reader := bufio.NewReader(file)
		lines, rest, err := readLines(reader)
		if err != nil {
			return err
		}
		if tail >= 0 && int64(len(lines)) > tail {
			lines = lines[int64(len(lines))-tail:]
		}
		for _, line := range lines {
			logLine(line, os.Stdout, os.Stderr)
		}
		for follow {
			time.Sleep(200 * time.Millisecond)
			more, partial, err := readLines(reader)
			if err != nil {
				return err
			}
			if len(more) == 0 {
				rest += partial
				continue
			}
			more[0] = rest + more[0]
			rest = partial
			for _, line := range more {
				logLine(line, os.Stdout, os.Stderr)
			}
		}
		if rest != "" {
			logLine(rest, os.Stdout, os.Stderr)
		}
		return nil
	}}
	command.Flags().Int64Var(&tail, "tail", -1, "only the last lines")
	command.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more")
	return command
}

// readLines returns the complete lines up to the end of the file, and the beginning of one that is being written.
func readLines(reader *bufio.Reader) (lines []string, partial string, err error) {
	for {
		line, err := reader.ReadString('\n')
		if err == io.EOF {
			return lines, line, nil
		}
		if err != nil {
			return lines, line, err
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
}
