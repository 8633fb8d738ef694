internal import Diagnostics
internal import Minikube

extension MinikubeConsent {
    /// - Throws: if an option names another profile than the spec's: who says so has thought of something else.
    static func of(
        profile: String, adopt: String?, replace: String? = nil, acceptReset: String? = nil
    ) throws -> MinikubeConsent {
        for (option, named) in [("adopt", adopt), ("replace", replace), ("accept-reset", acceptReset)] {
            guard let named, named != profile else { continue }
            throw Diagnostic(
                code: "minikube.other-profile",
                "--\(option) names the profile \(named), and the spec is about \(profile)",
                exitCode: .usage)
        }
        return MinikubeConsent(adopt: adopt, replace: replace, acceptReset: acceptReset)
    }
}

extension ClusterOptions {
    func consent(profile: String) throws -> MinikubeConsent {
        try .of(profile: profile, adopt: adopt, replace: replace, acceptReset: acceptReset)
    }

    func refuseMinikubeOptions() throws {
        guard adopt != nil || replace != nil || acceptReset != nil else { return }
        throw Diagnostic(
            code: "minikube.other-driver", "--adopt, --replace and --accept-reset belong to the driver minikube",
            exitCode: .usage)
    }
}
