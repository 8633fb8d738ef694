internal import ConfigTree
internal import Diagnostics
internal import Foundation
internal import KubernetesAPI

/// Where a database is, and as whom to ask it.
package struct SQLTarget: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// A ready pod behind it.
        case service(String)
        case pod(String)
        case selector(String)
    }

    package enum Engine: String, Sendable, Hashable, CaseIterable {
        /// MySQL or MariaDB.
        case mysql
        case postgres
    }

    package var place: Place
    package var engine: Engine
    package var database: String?
    package enum Account: Sendable, Hashable {
        /// As whom the client is without a password.
        case none
        case secret(String)
        /// What the image of the database was told: MYSQL_USER and MYSQL_PASSWORD, or root and MYSQL_ROOT_PASSWORD, each also
        /// as MARIADB_... and as ..._FILE (the variables of the images `mysql` and `mariadb`), and their like of PostgreSQL.
        case environment
    }

    package var account: Account
    package var userKey: String
    package var passwordKey: String
    package var container: String?

    package var words: String {
        switch place {
        case .service(let name): "the database behind service \(name)"
        case .pod(let name): "the database in pod \(name)"
        case .selector(let selector): "the database in the pod with \(selector)"
        }
    }

    /// The database is not there, or does not let us in: an observation.
    package struct Refusal: Error, Sendable, Hashable { package var text: String }

    /// Rows of the answer, the names of the columns first.
    package func ask(_ query: String, _ context: CheckContext) async throws -> [[String]] {
        let pod = try await pod(context)
        let (user, password) = try await credentials(context)
        let result = try await run(
            command(user: user, query: context.fill(query), database: database.map(context.fill)),
            input: password + "\n", in: pod, context)
        guard result.exitStatus == 0 else {
            throw Refusal(text: Self.reason(result))
        }
        let separator: Character = engine == .mysql ? "\t" : "\u{1f}"
        return result.text.split(separator: "\n").map { line in
            line.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        }
    }

    private func run(
        _ command: [String], input: String, in pod: String, _ context: CheckContext
    ) async throws -> ExecResult {
        func attempt(_ container: String?) async throws(KubernetesError) -> ExecResult {
            try await context.api.exec(
                namespace: context.namespace, pod: pod, container: container, command: command, input: input,
                timeout: .seconds(20))
        }
        do {
            do throws(KubernetesError) { return try await attempt(container.map(context.fill)) } catch {
                // A pod with others beside the database: the server asks which one.
                guard container == nil, case .status(400, _, let message, _) = error,
                    message.contains("container name must be specified"),
                    let chosen = try await databaseContainer(of: pod, context)
                else { throw error }
                return try await attempt(chosen)
            }
        } catch let error as KubernetesError {
            // A container that was just stopped cannot be entered; the next attempt finds another pod.
            throw CannotJudge(
                error.diagnostic.summary + (error.diagnostic.detail.map { ": \($0)" } ?? ""), isPassing: true)
        }
    }

    /// The one that says that it listens on the engine's port, or was told an account; else the first.
    private func databaseContainer(of pod: String, _ context: CheckContext) async throws -> String? {
        guard let kind = KnownKinds.find("pod"),
            let object = try await context.find(ObjectReference(kind: kind, name: pod))
        else { return nil }
        let containers = object["spec"]?["containers"]?.array ?? []
        let port = engine == .mysql ? 3306 : 5432
        let prefixes = engine == .mysql ? ["MYSQL_", "MARIADB_"] : ["POSTGRES_"]
        let listening = containers.first { each in
            (each["ports"]?.array ?? []).contains { $0["containerPort"]?.int == port }
        }
        let told = containers.first { each in
            (each["env"]?.array ?? []).contains { variable in
                prefixes.contains { variable["name"]?.string?.hasPrefix($0) ?? false }
            }
        }
        return (listening ?? told ?? containers.first)?["name"]?.string
    }

    /// The password comes on standard input: it must not be seen among the arguments of processes.
    ///
    /// The shell only reads it and becomes the client; user, query and database are its arguments, never its text.
    func command(user: String?, query: String, database: String?) -> [String] {
        let script: String
        switch engine {
        case .mysql:
            script = """
                IFS= read -r MYSQL_PWD; client=$(command -v mariadb || command -v mysql) || exit 127; \
                user=$1 query=$2 database=$3; \
                told() { eval "value=\\${MYSQL_$1-\\${MARIADB_$1-}} file=\\${MYSQL_$1_FILE-\\${MARIADB_$1_FILE-}}"; \
                if [ -n "$file" ]; then value=$(cat "$file"); fi; }; \
                if [ "$4" = environment ]; then told USER; user=$value; \
                if [ -n "$user" ]; then told PASSWORD; else user=root; told ROOT_PASSWORD; fi; MYSQL_PWD=$value; fi; \
                export MYSQL_PWD; set -- --batch --connect-timeout=5 --host=127.0.0.1; \
                if [ -n "$user" ]; then set -- "$@" "--user=$user"; fi; \
                if [ -n "$database" ]; then set -- "$@" "--database=$database"; fi; exec "$client" "$@" "--execute=$query"
                """
        case .postgres:
            script = """
                IFS= read -r PGPASSWORD; user=$1 query=$2 database=$3; if [ "$4" = environment ]; then \
                user=${POSTGRES_USER:-postgres} PGPASSWORD=${POSTGRES_PASSWORD:-}; fi; \
                export PGPASSWORD PGCONNECT_TIMEOUT=5; \
                exec psql --no-psqlrc --no-align --field-separator="$(printf '\\037')" --pset=footer=off \
                --host=127.0.0.1 --username="${user:-postgres}" --dbname="${database:-postgres}" --command="$query"
                """
        }
        return [
            "sh", "-c", script, "martlet", user ?? (engine == .mysql ? "root" : ""), query, database ?? "",
            account == .environment ? "environment" : "",
        ]
    }

    private static func reason(_ result: ExecResult) -> String {
        let lines = (result.errorText.isEmpty ? result.text : result.errorText).split(separator: "\n")
        let line = lines.last { !$0.hasPrefix("Warning") && !$0.contains("[Warning]") } ?? ""
        if result.exitStatus == 127 { return "there is no client of the database in its container" }
        return line.isEmpty ? "the client ended with status \(result.exitStatus)" : String(line).shortened(240)
    }

    private func pod(_ context: CheckContext) async throws -> String {
        switch place {
        case .pod(let name): return context.fill(name)
        case .selector(let selector): return try await readyPod(selector, context, of: words)
        case .service(let name):
            guard let kind = KnownKinds.find("service"),
                let service = try await context.find(ObjectReference(kind: kind, name: name))
            else { throw Refusal(text: "there is no service \(context.fill(name))") }
            let selector = (service["spec"]?["selector"]?.object ?? [:]).sorted { $0.key < $1.key }
            guard !selector.isEmpty else { throw Refusal(text: "the service \(context.fill(name)) selects no pods") }
            let text = selector.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
            return try await readyPod(text, context, of: "the service \(context.fill(name))")
        }
    }

    private func readyPod(_ selector: String, _ context: CheckContext, of owner: String) async throws -> String {
        let pods = try await context.pods(selector)
        if let ready = pods.filter(\.isReadyPod).map(\.objectName).min() { return ready }
        let problem = pods.first?.podProblem.map { ": \($0)" } ?? ""
        throw Refusal(text: "none of \(counted(pods.count, "pod")) of \(owner) is ready\(problem)")
    }

    private func credentials(_ context: CheckContext) async throws -> (user: String?, password: String) {
        guard case .secret(let secret) = account else { return (nil, "") }
        guard let kind = KnownKinds.find("secret"),
            let object = try await context.find(ObjectReference(kind: kind, name: secret))
        else { throw Refusal(text: "there is no secret \(context.fill(secret))") }
        func value(_ key: String) -> String? {
            object["data"]?[key]?.string.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
        }
        guard let password = value(passwordKey), !password.contains("\n") else {
            throw Refusal(text: "the secret \(context.fill(secret)) has no usable key `\(passwordKey)`")
        }
        return (value(userKey), password)
    }
}

/// Rows in a database.
package struct SQLCheck: LabPrimitive {
    package static let word = "sql"

    package struct Growth: Sendable, Hashable {
        package var by: Int
        package var over: Duration
    }

    package var target: SQLTarget
    package var query: String
    package var rows: CountRange?
    /// Of the first row's first column.
    package var cell: FieldTest?
    package var columns: [String]
    /// Of the number in the first cell, from the first look on.
    package var growth: Growth?

    package var patience: Duration { growth.map { $0.over + .seconds(10) } ?? .seconds(10) }

    package var leastPatience: Duration { growth.map { $0.over } ?? .zero }

    package var expected: String {
        var parts: [String] = []
        if let rows { parts.append("\(rows.words) rows") }
        if let cell { parts.append("its first cell \(cell.words)") }
        if !columns.isEmpty { parts.append("columns \(columns.joined(separator: ", "))") }
        if let growth { parts.append("its number grows by \(growth.by) within \(LabDuration.text(growth.over))") }
        return "`\(query.shortened(80))` in \(target.words) gives "
            + (parts.isEmpty ? "an answer" : parts.joined(separator: ", "))
    }

    package var question: String { "Runs `\(query.shortened(120))` with the client in the pod of \(target.words)." }

    package var next: String {
        switch target.place {
        case .service(let name): "`kubectl -n ${namespace} get endpoints \(name)`, then the database's logs"
        case .pod(let name): "`kubectl -n ${namespace} describe pod \(name)`, then its logs"
        case .selector(let selector): "`kubectl -n ${namespace} get pods -l \(selector)`, then their logs"
        }
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        do {
            return judge(try await target.ask(query, context), context)
        } catch let refusal as SQLTarget.Refusal {
            return .fail(refusal.text)
        }
    }

    func judge(_ answer: [[String]], _ context: CheckContext) -> Observation {
        let header = answer.first ?? []
        let body = Array(answer.dropFirst())
        let missing = columns.filter { name in !header.contains { $0.lowercased() == context.fill(name).lowercased() } }
        guard missing.isEmpty else {
            return .fail("no column \(missing.joined(separator: ", ")); there are \(header.joined(separator: ", "))")
        }
        if let rows, !rows.contains(body.count) { return .fail(counted(body.count, "row")) }
        let first = body.first?.first
        if let cell {
            guard let first else { return .fail("no row") }
            guard cell.holds(for: .string(first), context.fill) else {
                return .fail("the first cell is `\(first.shortened(80))`")
            }
        }
        if let growth {
            guard let first, let number = Double(first) else { return .fail("the first cell is no number") }
            let begin = context.memory["first"]?.double ?? number
            context.memory["first"] = .number(begin)
            let grown = number - begin
            guard grown >= Double(growth.by) else {
                return .fail("\(FieldTest.text(.number(number))), \(FieldTest.text(.number(grown))) more than at first")
            }
            return .pass("\(FieldTest.text(.number(number))), \(FieldTest.text(.number(grown))) more than at first")
        }
        return .pass(
            first.map { "\(counted(body.count, "row")), first `\($0.shortened(60))`" } ?? counted(body.count, "row"))
    }
}
