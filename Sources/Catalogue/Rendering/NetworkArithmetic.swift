import ClusterModel

extension IPv4Network {
    /// The address at an offset from the network's first one, in dotted decimal form; nil outside of the network.
    func address(at offset: Int) -> String? {
        guard offset >= 0, offset < count(ofPrefix: 32) else { return nil }
        return IPv4Address(value: base.value + UInt32(offset)).description
    }

    func contains(_ other: IPv4Network) -> Bool { other.prefix >= prefix && contains(other.base) }
}
