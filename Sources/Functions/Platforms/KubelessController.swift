internal import ConfigTree
internal import Diagnostics
internal import KubernetesAPI
internal import YAMLDocument

/// Kubeless' own controllers in a cluster: which of them run, and what their settings say.
///
/// Sources: vmware-archive/kubeless `kubeless-non-rbac.jsonnet` (names of Deployment, containers and ConfigMap),
/// `pkg/langruntime/langruntime.go` (the ConfigMap's `runtime-images`), `pkg/utils/kubelessutil.go` (`functions-namespace`).
struct KubelessController: Sendable {
    static let deployment = "kubeless-controller-manager"
    static let settings = "kubeless-config"

    /// Where they run.
    var namespace: String
    /// Names of the Deployment's containers: each is a controller.
    var containers: [String]
    /// What `runtime-images` names, oldest version first; nil where the ConfigMap may not be read or is not there.
    var runtimes: [FunctionRuntime]?
    /// The only namespace whose functions are seen; nil is every one.
    var watched: String?

    /// Nil where no controller is.
    static func find(_ objects: FunctionObjects, namespace: String) async throws(Diagnostic) -> KubelessController? {
        let path = FunctionObjects.path("apps/v1", "deployments", namespace: namespace, deployment)
        guard let found = try await objects.find(path) else { return nil }
        let containers = found.at("spec", "template", "spec", "containers")?.array ?? []
        var controller = KubelessController(
            namespace: namespace, containers: containers.compactMap { $0["name"]?.string })
        let settings: JSONValue
        do throws(KubernetesError) {
            settings = try await objects.cluster.get(
                FunctionObjects.path("v1", "configmaps", namespace: namespace, Self.settings))
        } catch {
            // Who deploys functions need not be able to read it; then the catalogue's word counts, as for Kubeless' own program.
            guard error.isNotFound || error.code == 403 else { throw error.diagnostic }
            return controller
        }
        if let text = settings.at("data", "functions-namespace")?.string, !text.isEmpty { controller.watched = text }
        if let text = settings.at("data", "runtime-images")?.string {
            controller.runtimes = try runtimes(text, of: "\(namespace)/\(Self.settings)")
        }
        return controller
    }

    /// Those with an image to run in; `ID` and `version` together are what a Function's `runtime` says.
    static func runtimes(_ text: String, of name: String) throws(Diagnostic) -> [FunctionRuntime] {
        let document: ConfigDocument
        do throws(Diagnostics) {
            document = try YAMLReader.document(Array(text.utf8), file: "runtime-images of ConfigMap \(name)")
        } catch {
            throw Diagnostic(
                code: "function.controller", "the ConfigMap \(name) says no runtimes that can be read",
                detail: error.list.first?.summary,
                hint: "its key runtime-images is a list in YAML; the controllers cannot read it either")
        }
        var runtimes: [FunctionRuntime] = []
        for language in NodeValue.json(document.root).array ?? [] {
            guard let id = language["ID"]?.string else { continue }
            for version in language["versions"]?.array ?? [] {
                let isRunnable = version["images"]?.array?.contains { $0["phase"]?.string == "runtime" } ?? false
                guard isRunnable, let number = version["version"]?.text else { continue }
                runtimes.append(FunctionRuntime(id: id + number, language: id))
            }
        }
        return runtimes
    }

    /// Whether the controller of functions is at work; true where that may not be seen.
    ///
    /// Not by the Deployment: its pod is not ready while one of the others ends again and again.
    func isRunning(_ objects: FunctionObjects) async throws(Diagnostic) -> Bool {
        let pods: [JSONValue]
        do throws(KubernetesError) {
            pods = try await objects.cluster.list(
                FunctionObjects.path("v1", "pods", namespace: namespace), labels: "kubeless=controller", fields: nil
            ).items
        } catch {
            guard error.code == 403 else { throw error.diagnostic }
            return true
        }
        return pods.contains { pod in
            let containers = pod.at("status", "containerStatuses")?.array ?? []
            return pod.at("metadata", "deletionTimestamp")?.string == nil
                && containers.contains {
                    $0["name"]?.string?.contains("function-controller") == true && $0.at("state", "running") != nil
                }
        }
    }

    var hasHTTPTriggers: Bool { containers.contains { $0.contains("http-trigger") } }
}
