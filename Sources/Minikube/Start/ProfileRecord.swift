internal import ClusterModel
internal import Planning

/// martlet's own file beside a profile, as shell: whose it is, whether it has ever started, and which addons martlet has enabled.
struct ProfileRecord {
    let owner: ProfileOwner

    func write(_ phase: ProfileOwner.Phase) -> String {
        func quoted(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        }
        let json =
            "{\"cluster\":\"\(quoted(owner.cluster))\",\"phase\":\"\(phase.rawValue)\",\"spec\":\"\(quoted(owner.spec))\","
            + "\"addons\":\"\(owner.addons ?? " ")\"}"
        return "printf '%s\\n' \(Shell.quote(json)) >\"$profile/martlet.json\""
    }

    /// Notes an addon that was enabled; once only.
    static func add(_ addon: String) -> String {
        """
        grep -q '"addons":".* \(addon) .*"' "$profile/martlet.json" || \\
        sed -i 's/"addons":" /"addons":" \(addon) /' "$profile/martlet.json"
        """
    }

    static func drop(_ addon: String) -> String {
        "sed -i '/\"addons\":/s/ \(addon) / /' \"$profile/martlet.json\""
    }
}
