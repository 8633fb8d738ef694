/// Which nodes each node tries to reach.
enum PairPlan {
    /// Up to here every ordered pair is tried.
    static let everyPairUpTo = 50

    /// Every node up to the bound; above it each tries itself and those 1, 2, 4, 8 and so on places on in the ring.
    ///
    /// So the pairs are the same in every run, each node is tried as often as it tries, and a node or a part of the
    /// network that is cut off is seen.
    static func peers(of node: String, among nodes: [String]) -> [String] {
        let ring = nodes.sorted()
        guard ring.count > everyPairUpTo, let place = ring.firstIndex(of: node) else { return ring }
        var peers = [node]
        var step = 1
        while step < ring.count {
            peers.append(ring[(place + step) % ring.count])
            step *= 2
        }
        return peers
    }
}
