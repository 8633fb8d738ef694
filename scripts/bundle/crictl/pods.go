package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

func podsCommand() *cobra.Command {
	var id, name, namespace, state, output string
	var quiet bool
	var labels []string
	command := &cobra.Command{Use: "pods", Short: "list pods", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		if err := checkOutput(output, "table", "json"); err != nil {
			return err
		}
		selector, err := labelSelector(labels)
		if err != nil {
			return err
		}
		filter := &runtimeapi.PodSandboxFilter{Id: id, LabelSelector: selector}
		switch strings.ToLower(state) {
		case "":
		case "ready":
			filter.State = &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY}
		case "notready":
			filter.State = &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY}
		default:
			return fmt.Errorf("--state should be ready or notready")
		}
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		ctx, cancel := cri.short()
		defer cancel()
		response, err := service.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{Filter: filter})
		if err != nil {
			return fmt.Errorf("listing pod sandboxes failed: %v", err)
		}
		kept := []*runtimeapi.PodSandbox{}
		for _, pod := range response.Items {
			okName, err := matches(name, pod.GetMetadata().GetName())
			if err != nil {
				return err
			}
			okNamespace, err := matches(namespace, pod.GetMetadata().GetNamespace())
			if err != nil {
				return err
			}
			if okName && okNamespace {
				kept = append(kept, pod)
			}
		}
		sort.Slice(kept, func(i, j int) bool { return kept[i].CreatedAt > kept[j].CreatedAt })
		if output == "json" {
			return printProto(&runtimeapi.ListPodSandboxResponse{Items: kept})
		}
		if quiet {
			for _, pod := range kept {
				fmt.Println(pod.Id)
			}
			return nil
		}
		rows := [][]string{}
		for _, pod := range kept {
			handler := pod.RuntimeHandler
			if handler == "" {
				handler = "(default)"
			}
			state := strings.TrimPrefix(pod.State.String(), "SANDBOX_")
			if state == "READY" {
				state = "Ready"
			} else {
				state = "NotReady"
			}
			rows = append(rows, []string{truncated(pod.Id), ago(pod.CreatedAt), state, pod.GetMetadata().GetName(),
				pod.GetMetadata().GetNamespace(), fmt.Sprint(pod.GetMetadata().GetAttempt()), handler})
		}
		table("POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT\tRUNTIME", rows)
		return nil
	}}
	flags := command.Flags()
	flags.StringVar(&id, "id", "", "only this pod")
	flags.StringVar(&name, "name", "", "only names that match this regular expression")
	flags.StringVar(&namespace, "namespace", "", "only namespaces that match this regular expression")
	flags.StringVarP(&state, "state", "s", "", "ready or notready")
	flags.StringSliceVar(&labels, "label", nil, "only pods with this label (key=value)")
	flags.BoolVarP(&quiet, "quiet", "q", false, "identifiers only")
	flags.StringVarP(&output, "output", "o", "table", "table or json")
	return command
}

func inspectPodCommand() *cobra.Command {
	var output string
	command := &cobra.Command{Use: "inspectp POD...", Short: "show the state of pods", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, ids []string) error {
		if err := checkOutput(output, "json"); err != nil {
			return err
		}
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		for _, id := range ids {
			ctx, cancel := cri.short()
			response, err := service.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: id, Verbose: true})
			cancel()
			if err != nil {
				return fmt.Errorf("getting the status of pod sandbox %q: %v", id, err)
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

// printStatus shows a status followed by the runtime's own values; containerd sends one value, called "info".
func printStatus(status json.RawMessage, info map[string]string) error {
	values := infoValues(info)
	if _, present := values["info"]; !present {
		values["info"] = json.RawMessage("{}")
	}
	values["status"] = status
	return printJSON(values)
}

func stopPodCommand() *cobra.Command {
	return &cobra.Command{Use: "stopp POD...", Short: "stop pods", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, ids []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		return each(ids, func(id string) error {
			if _, err := service.StopPodSandbox(context.Background(), &runtimeapi.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
				return fmt.Errorf("stopping the pod sandbox %q: %v", id, err)
			}
			fmt.Printf("Stopped sandbox %s\n", id)
			return nil
		})
	}}
}

func removePodCommand() *cobra.Command {
	var force, all bool
	command := &cobra.Command{Use: "rmp POD...", Short: "remove pods", RunE: func(_ *cobra.Command, ids []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		if all {
			ctx, cancel := cri.short()
			response, err := service.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{})
			cancel()
			if err != nil {
				return fmt.Errorf("listing pod sandboxes failed: %v", err)
			}
			ids = nil
			for _, pod := range response.Items {
				ids = append(ids, pod.Id)
			}
		} else if len(ids) == 0 {
			return fmt.Errorf("at least one pod identifier is needed, or --all")
		}
		return each(ids, func(id string) error {
			ctx, cancel := cri.short()
			response, err := service.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: id})
			cancel()
			if err != nil {
				return fmt.Errorf("getting the status of pod sandbox %q: %v", id, err)
			}
			if response.GetStatus().GetState() == runtimeapi.PodSandboxState_SANDBOX_READY {
				if !force {
					return fmt.Errorf("removing the pod sandbox %q: it is running, please stop it first (or use -f)", id)
				}
				if _, err := service.StopPodSandbox(context.Background(), &runtimeapi.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
					return fmt.Errorf("stopping the pod sandbox %q: %v", id, err)
				}
			}
			if _, err := service.RemovePodSandbox(context.Background(), &runtimeapi.RemovePodSandboxRequest{PodSandboxId: id}); err != nil {
				return fmt.Errorf("removing the pod sandbox %q: %v", id, err)
			}
			fmt.Printf("Removed sandbox %s\n", id)
			return nil
		})
	}}
	command.Flags().BoolVarP(&force, "force", "f", false, "stop running pods first")
	command.Flags().BoolVarP(&all, "all", "a", false, "all pods")
	return command
}

// each goes on after a failure, as removing should free as much as possible, and reports all failures.
func each(ids []string, action func(string) error) error {
	messages := []string{}
	for _, id := range ids {
		if err := action(id); err != nil {
			messages = append(messages, err.Error())
		}
	}
	if len(messages) > 0 {
		return fmt.Errorf("%s", strings.Join(messages, "\n"))
	}
	return nil
}
