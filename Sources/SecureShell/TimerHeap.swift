/// Timers, the nearest first.
///
/// A timer is not removed when its purpose is gone: whoever gets it looks whether it still counts.
struct TimerHeap: Sendable {
    struct Entry: Sendable {
        var time: MonotonicTime
        var slot: Int
        var generation: UInt32
        var token: UInt64
    }

    private var entries: [Entry] = []

    var nearest: MonotonicTime? { entries.first?.time }
    var count: Int { entries.count }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].time < entries[parent].time else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the nearest timer out if its time has come.
    mutating func popDue(at now: MonotonicTime) -> Entry? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown()
        }
        return first
    }

    /// Drops the timers whose owner is gone.
    mutating func keep(where isNeeded: (Entry) -> Bool) {
        let kept = entries.filter(isNeeded)
        guard kept.count < entries.count else { return }
        entries = []
        for entry in kept { insert(entry) }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < entries.count else { return }
            let right = left + 1
            let child = right < entries.count && entries[right].time < entries[left].time ? right : left
            guard entries[child].time < entries[parent].time else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
