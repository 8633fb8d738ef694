/// What the first bytes of a program say.
enum ExecutableFormat: Hashable {
    case elf(machine: UInt16, isLittleEndian: Bool)
    case script
    case unknown

    /// At least 20 bytes, if the file has so many.
    init(_ head: [UInt8]) {
        if head.starts(with: [UInt8(ascii: "#"), UInt8(ascii: "!")]) {
            self = .script
            return
        }
        guard head.count >= 20, head.starts(with: [0x7f, 0x45, 0x4c, 0x46]), head[5] == 1 || head[5] == 2 else {
            self = .unknown
            return
        }
        let isLittle = head[5] == 1
        let (low, high) = isLittle ? (head[18], head[19]) : (head[19], head[18])
        self = .elf(machine: UInt16(high) << 8 | UInt16(low), isLittleEndian: isLittle)
    }
}
