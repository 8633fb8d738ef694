package import Diagnostics

/// How a host came by a blob.
package enum BlobDelivery: Sendable, Hashable {
    /// It had the content already.
    case there
    /// From here: so many bytes, fewer than the blob has where something of it was there.
    case sent(Int)
    /// From another host.
    case taken(from: String)
}

/// A file that one host gives to others for a while.
package struct BlobOffer: Sendable {
    /// The giver, by its name in the spec.
    package var host: String
    /// Where it gives: an address, and a TCP port.
    package var address: String
    package var port: UInt16
    /// Without it nothing is given.
    package var token: Secret<String>
    /// Which of the files that the host gives.
    package var file: Int

    package init(host: String, address: String, port: UInt16, token: Secret<String>, file: Int) {
        self.host = host
        self.address = address
        self.port = port
        self.token = token
        self.file = file
    }
}

/// Why a host could not take a blob from another one.
package enum BlobMiss: Sendable, Hashable {
    /// The taker lacks what it needs, whoever gives.
    case unable
    /// The giver was not reached within the time.
    case unreachable
    /// The giver stopped before the end.
    case short
    /// What came was not the content.
    case digest
}

/// A host's turn to get a blob: where it may come from, and what became of it.
///
/// Made by `Fleet` for `HostConnection.put`.
package struct BlobTicket: Sendable {
    let number: UInt64
    let sha256: String
    let host: String
    let exchange: BlobExchange
    let pulse = BlobPulse()

    /// Waits until it is known where the content comes from.
    ///
    /// - Parameter miss: why the offer before was of no use; nil at first.
    /// - Returns: nil if it is to be sent from here.
    package func next(after miss: BlobMiss?) async -> BlobOffer? { await exchange.next(self, after: miss) }

    /// Something was sent from here: who waits for the end may go on waiting.
    package func beat() { pulse.beat() }
}
