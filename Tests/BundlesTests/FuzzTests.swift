import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Bundles

/// Damaged input is refused or read, and never ends the program.
@Suite("Fuzzing") struct FuzzTests {
    func damaged(_ good: [UInt8], _ generator: inout SeededNumbers) -> [UInt8] {
        var bytes = good
        for _ in 0...Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0...4, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 2:
                bytes.removeSubrange(index..<min(bytes.count, index + 1 + Int.random(in: 0...600, using: &generator)))
            case 3: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 512)], at: index)
            default:
                let field =
                    index / 512 * 512 + [100, 124, 136, 148, 156, 257, 345].randomElement(using: &generator).unwrapped
                if field < bytes.count {
                    bytes[field] = [0, 0x30, 0x37, 0x53, 0x78, 0x80, 0xff].randomElement(using: &generator).unwrapped
                }
            }
        }
        return bytes
    }

    /// Makes the checksums right again, so that damage gets past them.
    func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512) where bytes[start + 257] == 0x75 {
            for index in 148..<156 { bytes[start + index] = 0x20 }
            let sum = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
            let digits = Array(String(sum, radix: 8).utf8)
            let field = [UInt8](repeating: 0x30, count: max(0, 6 - digits.count)) + digits + [0, 0x20]
            bytes.replaceSubrange((start + 148)..<(start + 156), with: field.prefix(8))
        }
        return bytes
    }

    @Test(arguments: ["gnu", "pax"]) func tars(format: String) throws {
        var generator = SeededNumbers(seed: 20)
        let good = try BundleMaker.archive(
            [
                "bundle.json": Array("{}".utf8), "a/\(String(repeating: "n", count: 150))": [1, 2, 3],
                "b/\(String(repeating: "m", count: 101))": [UInt8](repeating: 9, count: 1500),
            ], ["--format=\(format)"])
        let deadline = ContinuousClock.now + .seconds(2)
        var read = 0
        var refused = 0
        for _ in 0..<3000 where ContinuousClock.now < deadline {
            let plain = damaged(good, &generator)
            let bytes = Bool.random(using: &generator) ? plain : repaired(plain)
            do throws(TarReader.Problem) {
                let members = try TarReader.members(size: UInt64(bytes.count)) { (offset, count) throws(SystemError) in
                    Array(bytes[min(Int(offset), bytes.count)..<min(Int(offset) + count, bytes.count)])
                }
                #expect(members.allSatisfy { $0.offset + $0.size <= UInt64(bytes.count) })
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(read > 20 && refused > 20)
    }

    @Test func manifests() throws {
        let maker = try BundleMaker()
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: maker.folder + "/bundle.json")))
        var generator = SeededNumbers(seed: 21)
        let deadline = ContinuousClock.now + .seconds(3)
        var opened = 0
        var refused = 0
        for _ in 0..<1500 where ContinuousClock.now < deadline {
            try maker.write("bundle.json", damaged(good, &generator))
            do {
                _ = try OfflineBundle.open(maker.folder)
                opened += 1
            } catch let problems as Diagnostics {
                #expect(problems.hasErrors)
                refused += 1
            }
        }
        #expect(refused > 20)
    }

    @Test func headersOfPrograms() {
        var generator = SeededNumbers(seed: 22)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...24, using: &generator)
            let head = Array(BundleMaker.elf("abcd").prefix(count))
            _ = ExecutableFormat(damaged(head, &generator))
        }
        #expect(ExecutableFormat(BundleMaker.elf("")) == .elf(machine: 62, isLittleEndian: true))
        #expect(ExecutableFormat([]) == .unknown)
    }

    @Test func largeNumbersInHeaders() throws {
        // GNU writes sizes of 8 GiB and more in base 256; here one that the file does not have.
        var block = Array(try BundleMaker.archive(["a": [1]], ["--format=gnu"]).prefix(512))
        let size = (UInt64(9) << 30).bigEndian
        block.replaceSubrange(124..<136, with: [0x80, 0, 0, 0] + withUnsafeBytes(of: size) { Array($0) })
        block[156] = 0x30
        let bytes = repaired(block)
        #expect(throws: TarReader.Problem.self) {
            try TarReader.members(size: 512) { (offset, count) throws(SystemError) in Array(bytes.prefix(count)) }
        }
        let members = try TarReader.members(size: 10 << 30) { (offset, count) throws(SystemError) in
            offset == 0 ? bytes : [UInt8](repeating: 0, count: count)
        }
        #expect(members.first?.size == 9 << 30)
    }
}

extension Optional where Wrapped == UInt8 {
    var unwrapped: UInt8 { self ?? 0 }
}

extension Optional where Wrapped == Int {
    var unwrapped: Int { self ?? 0 }
}
