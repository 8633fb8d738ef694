internal import ClusterModel

/// Names of the machines as the spec wants them; the first is the control plane.
struct MachineNames: Sendable, Hashable {
    /// Those that are there, as far as they are wanted, then those that will be made.
    let all: [String]
    /// Why minikube cannot make the next one; nil if it can.
    let obstacle: String?

    /// minikube names a new machine after the last one or, in older versions, after their number (`Name` in
    /// pkg/minikube/node/node.go, cmd/minikube/cmd/node_add.go), also where one in between is gone.
    init(_ minikube: MinikubeSpec, stored: StoredProfile?) {
        let profile = minikube.profile
        var names = Array((stored?.machines ?? []).prefix(minikube.nodes))
        if names.isEmpty { names = [profile] }
        var obstacle: String?
        while names.count < minikube.nodes {
            let isAfterTheLast = MinikubeAbilities(minikube.version).namesMachinesAfterTheLast
            let last = names.last.flatMap { Int($0.dropFirst(profile.count + 2)) } ?? names.count
            let number = (isAfterTheLast ? last : names.count) + 1
            let name = "\(profile)-m\(number < 10 ? "0" : "")\(number)"
            if names.contains(name) {
                obstacle =
                    "minikube \(minikube.version) would name the next machine \(name), and there is one of that name; take it out with "
                    + "`minikube node delete -p \(profile) m\(number < 10 ? "0" : "")\(number)`, or replace the profile: --replace \(profile)"
                break
            }
            names.append(name)
        }
        all = names
        self.obstacle = obstacle
    }
}
