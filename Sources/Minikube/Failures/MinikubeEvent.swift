internal import Foundation

/// One line of minikube's `--output=json`: a CloudEvent whose data are all text.
///
/// pkg/minikube/out/register/cloud_events.go and log.go, the same in v1.18.1 and v1.38.1.
struct MinikubeEvent: Sendable, Hashable, Decodable {
    /// `io.k8s.sigs.minikube.` and step, info, warning, error, download or download.progress.
    var type: String
    var data: [String: String]

    init?(line: some StringProtocol) {
        guard line.hasPrefix("{"), let event = try? JSONDecoder().decode(Self.self, from: Data(line.utf8)) else {
            return nil
        }
        self = event
    }

    var message: String { data["message"] ?? "" }

    /// Only of an error that ends minikube: `PrintErrorExitCode` in json.go, called by out.Error.
    var failure: Failure? {
        guard type == "io.k8s.sigs.minikube.error", let code = data["exitcode"].flatMap({ Int($0) }) else { return nil }
        return Failure(
            reason: data["name"] ?? "", exitCode: code, message: message, advice: data["advice"] ?? "",
            url: data["url"] ?? "", issues: (data["issues"] ?? "").split(separator: ",").map(String.init))
    }

    struct Failure: Sendable, Hashable {
        /// minikube's stable name of the reason, `RSRC_INSUFFICIENT_CORES`.
        var reason: String
        var exitCode: Int
        var message: String
        /// Templates of minikube may be unfilled in it.
        var advice: String
        var url: String
        var issues: [String]
    }
}
