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

func versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "show the runtime's version", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		ctx, cancel := cri.short()
		defer cancel()
		response, err := service.Version(ctx, &runtimeapi.VersionRequest{Version: "v1alpha2"})
		if err != nil {
			return fmt.Errorf("getting the runtime version failed: %v", err)
		}
		fmt.Println("Version: ", response.Version)
		fmt.Println("RuntimeName: ", response.RuntimeName)
		fmt.Println("RuntimeVersion: ", response.RuntimeVersion)
		fmt.Println("RuntimeApiVersion: ", response.RuntimeApiVersion)
		fmt.Println("CrictlVersion: ", version)
		return nil
	}}
}

func infoCommand() *cobra.Command {
	var output string
	var quiet bool
	command := &cobra.Command{Use: "info", Short: "show the runtime's state", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		if err := checkOutput(output, "json"); err != nil {
			return err
		}
		service, err := cri.runtime()
		if err != nil {
			return err
		}
		ctx, cancel := cri.short()
		defer cancel()
		response, err := service.Status(ctx, &runtimeapi.StatusRequest{Verbose: !quiet})
		if err != nil {
			return fmt.Errorf("getting status of runtime failed: %v", err)
		}
		status, err := protoJSON(response.Status)
		if err != nil {
			return err
		}
		values := infoValues(response.Info)
		values["status"] = status
		return printJSON(values)
	}}
	command.Flags().StringVarP(&output, "output", "o", "json", "json")
	command.Flags().BoolVarP(&quiet, "quiet", "q", false, "without the runtime's own values")
	return command
}

func imagesCommand() *cobra.Command {
	var output string
	var quiet, digests bool
	command := &cobra.Command{Use: "images [IMAGE]", Aliases: []string{"image", "img"}, Short: "list images", Args: cobra.MaximumNArgs(1), RunE: func(_ *cobra.Command, words []string) error {
		if err := checkOutput(output, "table", "json"); err != nil {
			return err
		}
		service, err := cri.images()
		if err != nil {
			return err
		}
		request := &runtimeapi.ListImagesRequest{}
		if len(words) == 1 {
			request.Filter = &runtimeapi.ImageFilter{Image: &runtimeapi.ImageSpec{Image: words[0]}}
		}
		ctx, cancel := cri.short()
		defer cancel()
		response, err := service.ListImages(ctx, request)
		if err != nil {
			return fmt.Errorf("listing images failed: %v", err)
		}
		first := func(image *runtimeapi.Image) string { return strings.Join(image.RepoTags, " ") + image.Id }
		sort.Slice(response.Images, func(i, j int) bool { return first(response.Images[i]) < first(response.Images[j]) })
		if output == "json" {
			return printProto(response)
		}
		rows := [][]string{}
		for _, image := range response.Images {
			if quiet {
				fmt.Println(image.Id)
				continue
			}
			names := image.RepoTags
			if len(names) == 0 {
				names = []string{"<none>:<none>"}
			}
			digest := "<none>"
			if len(image.RepoDigests) > 0 {
				if _, after, found := strings.Cut(image.RepoDigests[0], "@"); found {
					digest = truncated(after)
				}
			}
			for _, name := range names {
				colon := strings.LastIndex(name, ":")
				row := []string{name[:colon], name[colon+1:]}
				if digests {
					row = append(row, digest)
				}
				rows = append(rows, append(row, truncated(image.Id), humanSize(image.Size_)))
			}
		}
		if !quiet {
			header := "IMAGE\tTAG\tIMAGE ID\tSIZE"
			if digests {
				header = "IMAGE\tTAG\tDIGEST\tIMAGE ID\tSIZE"
			}
			table(header, rows)
		}
		return nil
	}}
	command.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	command.Flags().BoolVarP(&quiet, "quiet", "q", false, "identifiers only")
	command.Flags().BoolVar(&digests, "digests", false, "show digests")
	return command
}

func inspectImageCommand() *cobra.Command {
	var output string
	command := &cobra.Command{Use: "inspecti IMAGE...", Short: "show the state of images", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, names []string) error {
		if err := checkOutput(output, "json"); err != nil {
			return err
		}
		service, err := cri.images()
		if err != nil {
			return err
		}
		for _, name := range names {
			ctx, cancel := cri.short()
			response, err := service.ImageStatus(ctx, &runtimeapi.ImageStatusRequest{Image: &runtimeapi.ImageSpec{Image: name}, Verbose: true})
			cancel()
			if err != nil {
				return fmt.Errorf("image status for %q request: %v", name, err)
			}
			if response.Image == nil {
				return fmt.Errorf("no such image %q present", name)
			}
			var status json.RawMessage
			if status, err = protoJSON(response.Image); err != nil {
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

func pullCommand() *cobra.Command {
	return &cobra.Command{Use: "pull IMAGE", Short: "pull an image from a registry", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, words []string) error {
		service, err := cri.images()
		if err != nil {
			return err
		}
		// Without the call's timeout: a large image over a slow line takes its time, and the runtime watches for progress.
		response, err := service.PullImage(context.Background(), &runtimeapi.PullImageRequest{Image: &runtimeapi.ImageSpec{Image: words[0]}})
		if err != nil {
			return fmt.Errorf("pulling image %q failed: %v", words[0], err)
		}
		fmt.Printf("Image is up to date for %s\n", response.ImageRef)
		return nil
	}}
}

func removeImageCommand() *cobra.Command {
	return &cobra.Command{Use: "rmi IMAGE...", Short: "remove images", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, names []string) error {
		service, err := cri.images()
		if err != nil {
			return err
		}
		return each(names, func(name string) error {
			ctx, cancel := cri.short()
			defer cancel()
			status, err := service.ImageStatus(ctx, &runtimeapi.ImageStatusRequest{Image: &runtimeapi.ImageSpec{Image: name}})
			if err != nil {
				return fmt.Errorf("image status for %q request: %v", name, err)
			}
			if status.Image == nil {
				return fmt.Errorf("no such image %q", name)
			}
			if _, err := service.RemoveImage(context.Background(), &runtimeapi.RemoveImageRequest{Image: &runtimeapi.ImageSpec{Image: name}}); err != nil {
				return fmt.Errorf("removing the image %q: %v", name, err)
			}
			fmt.Printf("Deleted: %s\n", name)
			return nil
		})
	}}
}
