internal import Planning

/// Static pods of the control plane are configured alike on every control plane.
///
/// Their manifests travel as text, so that a finding can name the line that differs.
enum ManifestEquality {
    static let question = Probe.script(
        "health.manifests",
        """
        cd /etc/kubernetes/manifests 2>/dev/null || exit 1
        set --
        for name in kube-apiserver kube-controller-manager kube-scheduler etcd; do
          [ -r $name.yaml ] && set -- "$@" $name.yaml
        done
        [ $# -gt 0 ] || exit 1
        awk 'FNR == 1 { print "manifest=" FILENAME } { print }' "$@"
        """)

    static let probe = HealthProbe(
        id: "control-plane.manifests-equal", group: .controlPlane, kind: .ssh,
        title: "Control planes are configured alike",
        why: """
            Compares the manifests of the API server, controller manager, scheduler and etcd of all control planes, without what is \
            each host's own: its name and addresses, and etcd's list of members at its first start. A flag that only one of them \
            has makes the cluster behave differently from request to request.
            """,
        remedy:
            "bring them in line with `martlet apply`, or edit the manifest below /etc/kubernetes/manifests on the host",
        questions: [question], isForControlPlanesOnly: true
    ) { evidence, _ in
        guard evidence.controlPlanes.count > 1 else {
            return [Judgement(.skipped, "cluster", "one control plane has nothing to differ from")]
        }
        var known: [(host: HealthHost, manifests: [String: [String]])] = []
        var judgements: [Judgement] = []
        for host in evidence.controlPlanes {
            do {
                guard let text = try host.answer(question) else {
                    judgements.append(Judgement(.fail, host.subject, "no manifests", threshold: "equal on all"))
                    continue
                }
                known.append((host, manifests(text, of: host)))
            } catch {
                judgements.append(
                    Judgement(
                        .unknown, host.subject, (error as? Unmeasured)?.reason ?? "\(error)", threshold: "equal on all")
                )
            }
        }
        guard let reference = reference(known) else { return judgements }
        for (host, manifests) in known {
            judgements.append(compare(host, manifests, with: reference.host.name, reference.manifests))
        }
        return judgements
    }

    private static func compare(
        _ host: HealthHost, _ manifests: [String: [String]], with name: String, _ reference: [String: [String]]
    ) -> Judgement {
        var files: [String] = []
        var lines: [String] = []
        for file in Set(manifests.keys).union(reference.keys).sorted() where manifests[file] != reference[file] {
            files.append(file)
            let own = Set(manifests[file] ?? [])
            let other = Set(reference[file] ?? [])
            lines += own.subtracting(other).sorted().map { "\(file): only here: \($0)" }
            lines += other.subtracting(own).sorted().map { "\(file): only on \(name): \($0)" }
        }
        return Judgement(
            files.isEmpty ? .pass : .fail, host.subject,
            files.isEmpty
                ? "as on the others"
                : "\(files.joined(separator: ", ")) differ\(files.count == 1 ? "s" : "") from \(name)",
            threshold: "equal on all", evidence: lines.prefix(8).map { String($0.prefix(200)) })
    }

    /// The first host of the largest group of equal ones.
    private static func reference(
        _ known: [(host: HealthHost, manifests: [String: [String]])]
    ) -> (host: HealthHost, manifests: [String: [String]])? {
        var best: (index: Int, size: Int)?
        for index in known.indices {
            let size = known.filter { $0.manifests == known[index].manifests }.count
            if size > best?.size ?? 0 { best = (index, size) }
        }
        return best.map { known[$0.index] }
    }

    /// Lines by file name, sorted, without what is each host's own.
    static func manifests(_ text: String, of host: HealthHost) -> [String: [String]] {
        var result: [String: [String]] = [:]
        var file = ""
        // kubeadm's `localAPIEndpoint.advertiseAddress` may be another than the node's address.
        let advertised = text.split(separator: "\n").compactMap { value(of: "--advertise-address", in: $0) }.first
        let own = [host.address, advertised ?? host.address, host.name]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("manifest=") {
                file = String(line.dropFirst("manifest=".count))
                result[file] = []
                continue
            }
            // Each member was told those that were there when it joined; it is read at the first start only.
            if value(of: "--initial-cluster", in: line) != nil || value(of: "--initial-cluster-state", in: line) != nil
            {
                continue
            }
            let words = line.drop { $0 == " " }
            guard !words.isEmpty else { continue }
            result[file, default: []].append(own.reduce(String(words)) { replace($1, in: $0) })
        }
        return result.mapValues { $0.sorted() }
    }

    /// Of a line `- --flag=value`.
    private static func value(of flag: String, in line: Substring) -> String? {
        let words = line.drop { $0 == " " || $0 == "-" || $0 == "\"" }
        let name = flag.drop { $0 == "-" } + "="
        guard line.contains(flag), words.hasPrefix(name) else { return nil }
        return words.dropFirst(name.count).split(separator: "\"").first.map(String.init) ?? ""
    }

    /// Puts `<own>` in the place of every occurrence that is a word of its own, so that `10.0.0.1` is not found in
    /// `10.0.0.12`.
    private static func replace(_ word: String, in line: String) -> String {
        guard !word.isEmpty else { return line }
        func isPart(_ character: Character?) -> Bool {
            guard let character else { return false }
            return character.isLetter || character.isNumber || character == "." || character == "-"
        }
        var result = ""
        var rest = line[...]
        while let range = rest.firstRange(of: word) {
            let before = rest[..<range.lowerBound].last ?? result.last
            let after = rest[range.upperBound...].first
            result += rest[..<range.lowerBound]
            result += isPart(before) || isPart(after) ? word : "<own>"
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
