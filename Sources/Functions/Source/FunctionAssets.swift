package import Diagnostics
internal import Foundation

/// The files of `manifests/functions`: runtime servers, hello functions, and those that `assess` deploys.
package struct FunctionAssets: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// - Throws: `function.asset` with exit code `.lacking`.
    package func text(_ path: String) throws(Diagnostic) -> String {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(path)") else {
            throw Diagnostic(
                code: "function.asset", "martlet lacks its file functions/\(path)", detail: "looked in \(folder)",
                hint: "install the folder manifests beside the program", exitCode: .lacking)
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Names in a folder of them, sorted; empty if there is none.
    package func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(path)")) ?? []).sorted()
    }
}

/// How a framework calls source text; each has hello and assess functions of its own.
package enum CallingStyle: String, Sendable, Hashable, CaseIterable {
    /// Standard input in, standard output out: watchdogs of OpenFaaS.
    case stream
    /// `handler(event, context)`: Kubeless, and Knative through the same server.
    case event
    /// `main(params)` with objects: OpenWhisk.
    case params
    /// A web framework's request: environments of Fission.
    case request

    package init(_ adapter: FunctionAdapter) {
        switch adapter {
        case .openfaas: self = .stream
        case .openwhisk: self = .params
        case .knative, .kubeless: self = .event
        case .fission: self = .request
        }
    }
}
