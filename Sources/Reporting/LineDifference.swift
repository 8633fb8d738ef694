/// Differences between two texts, line by line.
package enum LineDifference {
    /// Hunks as in a unified diff: ` `, `-` or `+` before each line, `@@ -A +B @@` before each hunk.
    ///
    /// - Parameter context: unchanged lines around a change.
    package static func unified(from old: String, to new: String, context: Int = 2) -> [String] {
        let left = old.split(separator: "\n", omittingEmptySubsequences: false)
        let right = new.split(separator: "\n", omittingEmptySubsequences: false)
        let edits = edits(left, right)
        var shown = Set<Int>()
        for (index, edit) in edits.enumerated() where edit.kind != " " {
            shown.formUnion(max(0, index - context)...min(edits.count - 1, index + context))
        }
        var result: [String] = []
        var previous = -2
        for index in shown.sorted() {
            let edit = edits[index]
            if index != previous + 1 { result.append("@@ -\(edit.left + 1) +\(edit.right + 1) @@") }
            result.append("\(edit.kind)\(edit.text)")
            previous = index
        }
        return result
    }

    private struct Edit {
        var kind: Character
        var text: Substring
        var left: Int
        var right: Int
    }

    private static func edits(_ left: [Substring], _ right: [Substring]) -> [Edit] {
        let difference = right.difference(from: left)
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var result: [Edit] = []
        var i = 0
        var j = 0
        while i < left.count || j < right.count {
            if i < left.count, removed.contains(i) {
                result.append(Edit(kind: "-", text: left[i], left: i, right: j))
                i += 1
            } else if j < right.count, inserted.contains(j) {
                result.append(Edit(kind: "+", text: right[j], left: i, right: j))
                j += 1
            } else if i < left.count, j < right.count {
                result.append(Edit(kind: " ", text: left[i], left: i, right: j))
                i += 1
                j += 1
            } else {
                break
            }
        }
        return result
    }
}
