internal import Foundation

enum Claims {
    static let probe = HealthProbe(
        id: "storage.claims", group: .storage, kind: .api, title: "Claims have their volumes",
        why: """
            Claims that wait hold up their pods; volumes that failed or were released hold data that nobody reaches, and \
            space that nobody gets.
            """,
        remedy: "`kubectl describe pvc NAME` names what is missing: a class, a provisioner, room",
        limits: [.init("fail", 300, "s")], needs: [.claims, .volumes]
    ) { evidence, limits in
        let claims = try evidence.api.claims.get()
        let volumes = try evidence.api.volumes.get()
        var bad = claims.compactMap { claim -> Judgement? in
            let subject = "claim/\(claim.namespace)/\(claim.name)"
            guard claim.status?.phase != "Bound" else { return nil }
            if claim.status?.phase == "Lost" {
                return Judgement(.fail, subject, "its volume is lost", threshold: "bound")
            }
            let age = KubernetesTime.parse(claim.metadata?.creationTimestamp).map { evidence.now.timeIntervalSince($0) }
            guard let age, age >= limits["fail"] else { return nil }
            return Judgement(
                .fail, subject, "waits for \(span(age))", threshold: "bound within \(span(limits["fail"]))",
                since: claim.metadata?.creationTimestamp)
        }
        bad += volumes.compactMap { volume -> Judgement? in
            switch volume.status?.phase {
            case "Failed":
                Judgement(
                    .fail, "volume/\(volume.name)", "failed", threshold: "bound or available",
                    evidence: [volume.status?.message].compactMap { $0 })
            case "Released":
                Judgement(
                    .warn, "volume/\(volume.name)", "released, its claim is gone", threshold: "bound or available",
                    remedy: "save its data, then delete it or take its claimRef away")
            default: nil
            }
        }
        return bad.isEmpty
            ? [Judgement(.pass, "cluster", "\(claims.count) claims, \(volumes.count) volumes", threshold: "all bound")]
            : bad
    }
}
