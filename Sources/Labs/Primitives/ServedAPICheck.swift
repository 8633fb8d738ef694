internal import KubernetesAPI

/// What the API server serves.
package struct ServedAPICheck: LabPrimitive {
    package static let word = "api"

    /// `batch/v1`, `v1`, or a group alone.
    package var groups: [String]
    package var absent: [String]
    package var kinds: [String]

    package var expected: String {
        var parts: [String] = []
        if !groups.isEmpty { parts.append("the API serves \(groups.joined(separator: ", "))") }
        if !kinds.isEmpty { parts.append("it has the kinds \(kinds.joined(separator: ", "))") }
        if !absent.isEmpty { parts.append("it does not serve \(absent.joined(separator: ", "))") }
        return parts.joined(separator: "; ")
    }

    package var question: String { "Asks the API server for its groups, versions and kinds." }
    package var next: String { "`kubectl api-versions` and `kubectl api-resources`" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let served = try await ServedAPI.ask(context.api)
        let missing = groups.filter { !served.has($0) }
        guard missing.isEmpty else { return .fail("\(missing.joined(separator: ", ")) is not served") }
        let present = absent.filter { served.has($0) }
        guard present.isEmpty else { return .fail("\(present.joined(separator: ", ")) is served") }
        if !kinds.isEmpty {
            let found = Set(try await ServedAPI.resources(context.api, served).compactMap { $0["kind"]?.string })
            let unknown = kinds.filter { !found.contains($0) }
            guard unknown.isEmpty else { return .fail("there is no kind \(unknown.joined(separator: ", "))") }
        }
        return .pass("\(counted(served.versions.count, "group version")) served")
    }
}

/// The groups and versions of a server.
struct ServedAPI: Sendable {
    /// `v1`, `apps/v1`.
    var versions: [String]

    func has(_ text: String) -> Bool { versions.contains { $0 == text || $0.hasPrefix(text + "/") } }

    static func ask(_ api: any LabAPI) async throws -> ServedAPI {
        do {
            let core = try await api.get("/api")
            let groups = try await api.get("/apis")
            let named = (groups["groups"]?.array ?? []).flatMap { group in
                (group["versions"]?.array ?? []).compactMap { $0["groupVersion"]?.string }
            }
            return ServedAPI(versions: (core["versions"]?.array ?? []).compactMap(\.string) + named)
        } catch {
            throw CannotJudge.from(error)
        }
    }

    /// Resources without subresources, of all versions.
    static func resources(_ api: any LabAPI, _ served: ServedAPI) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        for version in served.versions {
            do {
                let list = try await api.get(version.contains("/") ? "/apis/\(version)" : "/api/\(version)")
                found += (list["resources"]?.array ?? []).filter { !($0["name"]?.string ?? "/").contains("/") }
            } catch {
                throw CannotJudge.from(error)
            }
        }
        return found
    }

    /// As `kubectl api-resources` counts: each resource of a group once, in the group's preferred version, and what
    /// only another version has.
    static func countResources(_ api: any LabAPI) async throws -> Int {
        do {
            var names = Set<String>()
            let served = try await ask(api)
            for version in served.versions {
                let parts = version.split(separator: "/")
                let group = parts.count == 2 ? String(parts[0]) : ""
                let list = try await api.get(version.contains("/") ? "/apis/\(version)" : "/api/\(version)")
                for resource in list["resources"]?.array ?? [] {
                    guard let name = resource["name"]?.string, !name.contains("/"),
                        resource["verbs"]?.array?.isEmpty == false
                    else { continue }
                    names.insert("\(group)/\(name)")
                }
            }
            return names.count
        } catch {
            throw CannotJudge.from(error)
        }
    }
}
