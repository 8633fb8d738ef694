internal import Diagnostics
internal import Functions

/// The functions of several frameworks, and what keeps some of them from answering.
struct FunctionListing {
    var records: [FunctionRecord] = []
    /// Each names its framework.
    var failures: [Diagnostic] = []

    /// One framework that is down hides no others; where there is only one, its failure is that of the command.
    static func of(_ platforms: [any FunctionPlatform]) async throws(Diagnostic) -> FunctionListing {
        if platforms.count == 1 { return FunctionListing(records: try await platforms[0].list()) }
        var listing = FunctionListing()
        for platform in platforms {
            do throws(Diagnostic) { listing.records += try await platform.list() } catch {
                listing.failures.append(error.of(platform.site.framework))
            }
        }
        return listing
    }
}

/// Which of several frameworks has a function.
struct FunctionSearch {
    private let name: String
    private let platforms: [any FunctionPlatform]

    init(_ name: String, in platforms: [any FunctionPlatform]) {
        self.name = name
        self.platforms = platforms
    }

    /// The only one that has it.
    ///
    /// - Parameter warn: is told of frameworks that could not be asked, where another one has the function.
    /// - Throws: `function.framework` if several have it; `function.not-found` if none has it; what is wrong with the frameworks that
    ///   could not be asked, if nobody else has it: they may.
    func owner(warn: ([Diagnostic]) -> Void) async throws -> any FunctionPlatform {
        var owners: [any FunctionPlatform] = []
        var failures: [Diagnostic] = []
        for platform in platforms {
            do throws(Diagnostic) {
                if try await platform.find(name) != nil { owners.append(platform) }
            } catch {
                failures.append(error.of(platform.site.framework))
            }
        }
        guard owners.count < 2 else { throw FunctionSession.ambiguous(owners.map(\.site.framework)) }
        if let owner = owners.first {
            warn(
                failures.map { failure in
                    var failure = failure
                    failure.severity = .warning
                    return failure
                })
            return owner
        }
        guard failures.isEmpty else { throw Diagnostics(failures + [unknown(failures.count)]) }
        throw await missing()
    }

    private func unknown(_ count: Int) -> Diagnostic {
        Diagnostic(
            .note, code: "function.not-found",
            "no framework that answers has a function \(name); \(count == 1 ? "the one" : "those") above may",
            hint: "--framework asks one only")
    }

    private func missing() async -> Diagnostic {
        var known: [String] = []
        for platform in platforms { known += ((try? await platform.list()) ?? []).map(\.name) }
        let near = Suggestion.nearest(to: name, in: known).map { "did you mean `\($0)`? " } ?? ""
        let frameworks = platforms.map(\.site.framework).joined(separator: ", ")
        return Diagnostic(
            code: "function.not-found", "no installed framework has a function \(name)", detail: "asked: \(frameworks)",
            hint: near + "`martlet function list` shows all")
    }
}

extension Diagnostic {
    /// With the framework that it is about.
    fileprivate func of(_ framework: String) -> Diagnostic {
        var named = self
        named.summary = "\(framework): \(summary)"
        return named
    }
}
