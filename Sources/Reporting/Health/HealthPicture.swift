import Health

/// The cluster as boxes: the endpoint, below it the control planes, below them the workers.
///
/// It is drawn twice, for wide and for narrow windows; the style shows one of them.
enum HealthPicture {
    static func section(_ model: HealthPageModel) -> String {
        guard !model.report.members.isEmpty else { return "" }
        let controlPlanes = model.report.members.count { $0.roles.contains("control-plane") }
        // Few boxes may be wide, so that more of what is wrong can be read.
        let boxes = min(5, max(3, controlPlanes, model.report.members.count - controlPlanes))
        return """
            <section>
            <h2>Cluster</h2>
            \(Drawing(model, name: "wide", width: 960, boxes: boxes).text)
            \(Drawing(model, name: "narrow", width: 360, boxes: 2).text)
            </section>
            """
    }

    /// Lengths in units of the picture, of which the text has 11 per line.
    private struct Drawing {
        private static let height = 62
        private static let gap = 10
        private static let head = 24

        let model: HealthPageModel
        let name: String
        let width: Int
        /// In a row.
        let boxes: Int
        let boxWidth: Int

        init(_ model: HealthPageModel, name: String, width: Int, boxes: Int) {
            self.model = model
            self.name = name
            self.width = width
            self.boxes = boxes
            boxWidth = (width - Self.gap * (boxes + 1) - 2) / boxes
        }

        var text: String {
            let controlPlanes = model.report.members.filter { $0.roles.contains("control-plane") }
            let others = model.report.members.filter { !$0.roles.contains("control-plane") }
            var y = 2
            var body = ""
            body += endpoint(y: y)
            let bottom = y + 48
            y = bottom + 26
            if !controlPlanes.isEmpty {
                body += ways(to: controlPlanes, from: bottom, to: y)
                body += frame(controlPlanes, title: "control planes", y: &y)
            }
            if !others.isEmpty { body += frame(others, title: "workers", y: &y) }
            if !model.elsewhere.isEmpty { body += elsewhere(y: &y) }
            let label = MarkupText.escaped("Picture of the cluster \(model.report.cluster)")
            return
                "<svg class=\"picture \(name)\" viewBox=\"0 0 \(width) \(y)\" role=\"img\" aria-label=\"\(label)\">\n\(body)</svg>"
        }

        // MARK: Endpoint

        private func endpoint(y: Int) -> String {
            let status = worst(model.ofEndpoint)
            let boxWidth = min(300, width - 4)
            let address = model.report.endpoint.isEmpty ? "no endpoint" : "endpoint \(model.report.endpoint)"
            return box(
                x: (width - boxWidth) / 2, y: y, width: boxWidth, height: 48, status: status,
                findings: model.ofEndpoint,
                title: address,
                lines: [
                    ("name", address), ("", problem(model.ofEndpoint, none: "endpoint of the API", boxWidth)),
                ])
        }

        /// From the endpoint to each control plane of the first row, broken where that is.
        private func ways(to members: [HealthReport.Member], from top: Int, to bottom: Int) -> String {
            let row = Array(members.prefix(boxes))
            return row.enumerated().map { index, member in
                let status = worst(model.findings(of: member))
                let x = left(index, of: row.count) + boxWidth / 2
                let middle = top + (bottom - top) / 2
                return
                    "<path class=\"way \(status.rawValue)\" d=\"M\(width / 2) \(top)V\(middle)H\(x)V\(bottom + Self.head)\"/>\n"
            }.joined()
        }

        // MARK: Members

        private func frame(_ members: [HealthReport.Member], title: String, y: inout Int) -> String {
            let rows = (members.count + boxes - 1) / boxes
            let height = Self.head + rows * (Self.height + Self.gap)
            var text =
                "<rect class=\"frame\" x=\"1\" y=\"\(y)\" width=\"\(width - 2)\" height=\"\(height)\" rx=\"8\"/>\n"
            text +=
                "<text class=\"frame-name\" x=\"\(Self.gap + 1)\" y=\"\(y + 16)\">\(members.count) \(members.count == 1 ? String(title.dropLast()) : title)</text>\n"
            for (index, member) in members.enumerated() {
                let row = index / boxes
                let x = left(index % boxes, of: min(boxes, members.count))
                text += self.member(member, x: x, y: y + Self.head + row * (Self.height + Self.gap))
            }
            y += height + 12
            return text
        }

        /// A single row that is not full stands in the middle, below the endpoint.
        private func left(_ column: Int, of count: Int) -> Int {
            let free = (boxes - count) * (boxWidth + Self.gap)
            return Self.gap + 1 + free / 2 + column * (boxWidth + Self.gap)
        }

        private func member(_ member: HealthReport.Member, x: Int, y: Int) -> String {
            let findings = model.findings(of: member)
            let status = worst(findings)
            let roles = member.roles.isEmpty ? "no role" : member.roles.joined(separator: ", ")
            let version = member.version.isEmpty ? "no node" : member.version
            // The frame tells the role where the box has no room for it.
            let full = "\(roles) \(version)"
            return box(
                x: x, y: y, width: boxWidth, height: Self.height, status: status, findings: findings,
                title: "\(member.name), \(member.address), \(roles), \(version)",
                lines: [
                    ("name", member.name), ("quiet", full.count <= room(boxWidth) ? full : version),
                    ("", problem(findings, none: "nothing measured", boxWidth)),
                ])
        }

        // MARK: What is no node

        private func elsewhere(y: inout Int) -> String {
            let status = worst(model.elsewhere)
            let text = box(
                x: 1, y: y, width: width - 2, height: 48, status: status, findings: model.elsewhere,
                title: "the cluster as a whole, and what is no node",
                lines: [
                    ("name", "cluster and workload"),
                    ("", problem(model.elsewhere, none: "", width)),
                ])
            y += 50
            return text
        }

        // MARK: Boxes

        private func box(
            x: Int, y: Int, width: Int, height: Int, status: HealthStatus, findings: [Finding], title: String,
            lines: [(style: String, text: String)]
        ) -> String {
            let problems = findings.filter(\.status.isProblem)
            let said = problems.prefix(12).map { "\($0.status.rawValue.uppercased()) \($0.id): \($0.measured)" }
            let more = problems.count > 12 ? ["and \(problems.count - 12) more"] : []
            var text = "<title>\(MarkupText.escaped(lines: [title] + said + more))</title>"
            text +=
                "<rect class=\"box \(status.rawValue)\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"6\"/>"
            text += HealthSign.sign(status, x: x + 8, y: y + 8, size: 18)
            for (index, line) in lines.enumerated() {
                let isLast = index == lines.count - 1
                let style = isLast ? (status.isProblem ? "wrong \(status.rawValue)" : "quiet") : line.style
                // Bold letters of 13 units are up to 8 wide, the others up to 6.5.
                let limit = (width - 40) * 2 / (line.style == "name" ? 16 : 13)
                let shown = MarkupText.escaped(FittedText.cut(line.text, to: limit, mark: "\u{2026}"))
                text += "<text class=\"\(style)\" x=\"\(x + 34)\" y=\"\(y + 20 + index * 17)\">\(shown)</text>"
            }
            guard let anchor = findings.first.flatMap(model.anchor) else { return "<g>\(text)</g>\n" }
            return "<a href=\"#\(anchor)\">\(text)</a>\n"
        }

        /// Letters of a small line in a box: they are up to 6.5 wide.
        private func room(_ width: Int) -> Int { (width - 40) * 2 / 13 }

        /// The probes that found something, worst first, as far as there is room.
        private func problem(_ findings: [Finding], none: String, _ width: Int) -> String {
            guard let first = findings.first else { return none }
            guard first.status.isProblem else {
                let passes = findings.count { $0.status == .pass }
                return passes == 1 ? "1 check passes" : "\(passes) checks pass"
            }
            var ids: [String] = []
            for finding in findings where finding.status.isProblem && !ids.contains(finding.id) {
                ids.append(finding.id)
            }
            let limit = room(width)
            for count in stride(from: ids.count, to: 1, by: -1) {
                let text =
                    ids.prefix(count).joined(separator: ", ") + (count < ids.count ? " +\(ids.count - count)" : "")
                if text.count <= limit { return text }
            }
            guard ids.count > 1 else { return ids[0] }
            let tail = " +\(ids.count - 1)"
            return FittedText.cut(ids[0], to: limit - tail.count, mark: "\u{2026}") + tail
        }

        /// Nothing measured looks like what was left out, not like a pass.
        private func worst(_ findings: [Finding]) -> HealthStatus {
            findings.map(\.status).min { $0.rank < $1.rank } ?? .skipped
        }
    }
}
