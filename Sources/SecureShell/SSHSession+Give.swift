internal import Diagnostics

/// What a host does while it gives files to others; made by `SSHSession.startGiving`, ends with the session at the latest.
package struct FileGiver: Sendable {
    package let session: SSHSession
    /// Of the session, never used twice.
    package let number: Int
    package let address: String
    package let port: UInt16
    let token: Secret<String>

    /// Holds a file open for others from now on, also when it is removed or replaced.
    ///
    /// - Parameter path: absolute; without line breaks.
    /// - Throws: `.uploadFailed` if the file cannot be read, or the host gives nothing any more.
    package func offer(_ path: String, deadline: Duration = .seconds(20)) async throws(SSHError) -> FileOffer {
        let file = try await session.offer(path, giver: number, deadline: deadline)
        return FileOffer(address: address, port: port, token: token, file: file)
    }

    /// Lets go of a file; never fails.
    package func withdraw(_ offer: FileOffer, deadline: Duration = .seconds(20)) async {
        await session.withdraw(offer.file, giver: number, deadline: deadline)
    }

    /// Ends the listener, and what is being given; never fails.
    package func stop(deadline: Duration = .seconds(2)) async {
        await session.stopGiving(number, deadline: deadline)
    }
}

extension SSHSession {
    /// Makes the host listen for others that fetch files from it: two round trips.
    ///
    /// Nothing is given before it is offered.
    ///
    /// - Parameter address: IPv4, at which the host is known to the others.
    /// - Throws: `.uploadFailed` with the reason if the host lacks bash, systemd-socket-activate or the address.
    package func startGiving(
        at address: String, sudo: SudoMode = .none, deadline: Duration = .seconds(20)
    ) async throws(SSHError) -> FileGiver {
        guard address.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }) else {
            throw .invalidInput("\(address) is not an IPv4 address")
        }
        let limit = self.deadline(after: deadline)
        let token = Secret((0..<4).map { _ in Self.hexadecimal(.random(in: .min ... .max)) }.joined())
        return try await cancellable { () async throws(SSHError) in
            let lines = try await openLines(
                program: "bash", sudo: sudo, phase: .batch, until: limit,
                failing: { .uploadFailed(path: "for other hosts", reason: $0) },
                script: { GiveScript.text(address: address, mark: $0) })
            do throws(SSHError) {
                try await write(Array("\(token.reveal())\n".utf8), to: lines, until: limit)
                let answer = try await line(from: lines, until: limit)
                guard let port = Self.number(in: answer, after: "giving").flatMap({ UInt16(exactly: $0) }) else {
                    throw lines.failure(answer)
                }
                lastChannel += 1
                givers[lastChannel] = lines
                return FileGiver(session: self, number: lastChannel, address: address, port: port, token: token)
            } catch {
                abandon(lines.state.channel)
                throw error
            }
        }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func number(in line: String, after word: String) -> Int? {
        let fields = line.split(separator: " ")
        return fields.count == 2 && fields[0] == word ? Int(fields[1]) : nil
    }

    func offer(_ path: String, giver number: Int, deadline: Duration) async throws(SSHError) -> Int {
        guard !path.contains(where: \.isNewline), path.hasPrefix("/") else {
            throw .invalidInput("\(path) is not an absolute path, or has line breaks")
        }
        let limit = self.deadline(after: deadline)
        return try await talk(to: number, until: limit) { lines throws(SSHError) in
            try await write(Array("offer \(path)\n".utf8), to: lines, until: limit)
            let answer = try await line(from: lines, until: limit)
            guard let file = Self.number(in: answer, after: "offered") else { throw lines.failure(answer) }
            return file
        }
    }

    func withdraw(_ file: Int, giver number: Int, deadline: Duration) async {
        let limit = self.deadline(after: deadline)
        _ = try? await talk(to: number, until: limit) { lines throws(SSHError) in
            try await write(Array("drop \(file)\n".utf8), to: lines, until: limit)
            return 0
        }
    }

    /// One question at a time; after a failure nobody knows which answer belongs to which, and the giver is given up.
    private func talk(
        to number: Int, until limit: MonotonicTime, _ body: (LineChannel) async throws(SSHError) -> Int
    ) async throws(SSHError) -> Int {
        while let lines = givers[number] {
            if let lost { throw marked(lost, sent: false) }
            guard !lines.isBusy else {
                if await wait(until: limit) { throw .timedOut(phase: .batch, sent: false) }
                continue
            }
            lines.isBusy = true
            defer {
                lines.isBusy = false
                wakeAll()
            }
            do throws(SSHError) {
                return try await body(lines)
            } catch {
                if givers.removeValue(forKey: number) != nil { abandon(lines.state.channel) }
                throw error
            }
        }
        throw lost.map { marked($0, sent: false) } ?? .channelRefused(detail: "the host gives nothing any more")
    }

    func stopGiving(_ number: Int, deadline: Duration) async {
        guard let lines = givers.removeValue(forKey: number), lost == nil else { return }
        let limit = self.deadline(after: deadline)
        try? await finish(lines, until: limit)
    }
}
