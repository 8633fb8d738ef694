package main

// deploymentObject is what faas-netes makes of an order (its pkg/handlers/deploy.go and pkg/k8s/probes.go say which fields matter
// to others: the labels, the port, the probes of HTTP, and where secrets are mounted).
func deploymentObject(wanted order, namespace, pullPolicy string, replicas int) object {
	labels := map[string]any{"faas_function": wanted.Service}
	for key, value := range wanted.Labels {
		labels[key] = value
	}
	annotations := map[string]any{"prometheus.io.scrape": "false"}
	for key, value := range wanted.Annotations {
		annotations[key] = value
	}
	environment := []any{}
	if wanted.EnvProcess != "" {
		environment = append(environment, map[string]any{"name": "fprocess", "value": wanted.EnvProcess})
	}
	for _, key := range sortedKeys(wanted.EnvVars) {
		environment = append(environment, map[string]any{"name": key, "value": wanted.EnvVars[key]})
	}
	probe := func(delay int) map[string]any {
		return map[string]any{
			"httpGet":             map[string]any{"path": "/_/health", "port": 8080, "scheme": "HTTP"},
			"initialDelaySeconds": delay, "timeoutSeconds": 1, "periodSeconds": 2, "successThreshold": 1, "failureThreshold": 3,
		}
	}
	container := map[string]any{
		"name": wanted.Service, "image": wanted.Image, "imagePullPolicy": pullPolicy, "env": environment,
		"ports":          []any{map[string]any{"name": "http", "containerPort": 8080, "protocol": "TCP"}},
		"readinessProbe": probe(0), "livenessProbe": probe(2),
		"resources": map[string]any{"limits": quantities(wanted.Limits), "requests": quantities(wanted.Requests)},
	}
	pod := map[string]any{"containers": []any{container}, "enableServiceLinks": false}
	if len(wanted.Secrets) > 0 {
		sources := []any{}
		for _, name := range wanted.Secrets {
			sources = append(sources, map[string]any{"secret": map[string]any{"name": name}})
		}
		pod["volumes"] = []any{map[string]any{"name": "secrets", "projected": map[string]any{"sources": sources}}}
		container["volumeMounts"] = []any{map[string]any{"name": "secrets", "mountPath": "/var/openfaas/secrets", "readOnly": true}}
	}
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": wanted.Service, "namespace": namespace, "labels": labels, "annotations": annotations},
		"spec": map[string]any{
			"replicas": replicas, "selector": map[string]any{"matchLabels": map[string]any{"faas_function": wanted.Service}},
			"strategy": map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxUnavailable": 0, "maxSurge": 1}},
			"template": map[string]any{
				"metadata": map[string]any{"name": wanted.Service, "labels": labels, "annotations": annotations}, "spec": pod,
			},
		},
	}
}

func serviceObject(name, namespace string) object {
	return object{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": map[string]any{
			"selector": map[string]any{"faas_function": name},
			"ports":    []any{map[string]any{"name": "http", "protocol": "TCP", "port": 8080, "targetPort": 8080}},
		},
	}
}

func quantities(values map[string]string) map[string]any {
	result := map[string]any{}
	for key, value := range values {
		if value != "" {
			result[key] = value
		}
	}
	return result
}

// functionStatus is FunctionStatus of faas-provider; zeros are left out, as there.
func functionStatus(deployment object, namespace string) map[string]any {
	status := map[string]any{
		"name": deployment.at("metadata", "name"), "namespace": namespace, "labels": deployment.at("metadata", "labels"),
		"annotations": deployment.at("spec", "template", "metadata", "annotations"), "createdAt": deployment.at("metadata", "creationTimestamp"),
	}
	container := object{}
	if containers := object(mapOf(deployment.at("spec", "template", "spec"))).list("containers"); len(containers) > 0 {
		container = containers[0]
	}
	status["image"] = container.at("image")
	for _, variable := range container.list("env") {
		if variable.at("name") == "fprocess" {
			status["envProcess"] = variable.at("value")
		}
	}
	if replicas, _ := deployment.at("spec", "replicas").(float64); replicas > 0 {
		status["replicas"] = replicas
	}
	if available, _ := deployment.at("status", "availableReplicas").(float64); available > 0 {
		status["availableReplicas"] = available
	}
	return status
}
