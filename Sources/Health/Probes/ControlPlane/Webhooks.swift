enum Webhooks {
    static let probe = HealthProbe(
        id: "control-plane.webhooks", group: .controlPlane, kind: .api, title: "Admission webhooks answer",
        why: """
            An admission webhook that must answer (failurePolicy Fail) and whose service has nothing ready behind it refuses \
            every matching request: deployments stop, and often the webhook's own pods cannot come back.
            """,
        remedy: "bring its backend back, or delete the webhook configuration if nothing uses it any more",
        needs: [.validatingWebhooks, .mutatingWebhooks, .endpoints]
    ) { evidence, _ in
        let configurations = try evidence.api.validatingWebhooks.get() + evidence.api.mutatingWebhooks.get()
        let endpoints = Dictionary(
            try evidence.api.endpoints.get().map { ("\($0.namespace)/\($0.name)", $0) },
            uniquingKeysWith: { first, _ in first })
        let judgements = configurations.flatMap { configuration in
            (configuration.webhooks ?? []).map { webhook -> Judgement in
                let subject = "webhook/\(configuration.name)/\(webhook.name ?? "?")"
                let mustAnswer = webhook.failurePolicy != "Ignore"
                let expected = "two ready backends, 10 s at most"
                guard let service = webhook.clientConfig?.service else {
                    return Judgement(.pass, subject, "answers at a URL, not asked", threshold: expected)
                }
                let key = "\(service.namespace ?? "")/\(service.name ?? "")"
                let ready = Set(endpoints[key]?.readyAddresses ?? []).count
                let measured = "\(ready) ready behind service \(key)"
                guard mustAnswer else { return Judgement(.pass, subject, measured + ", may fail", threshold: expected) }
                if ready == 0 { return Judgement(.fail, subject, measured, threshold: expected) }
                if (webhook.timeoutSeconds ?? 10) > 10 {
                    return Judgement(
                        .warn, subject, "waits up to \(webhook.timeoutSeconds ?? 0) s", threshold: expected,
                        remedy: "set timeoutSeconds to 10 or less")
                }
                return Judgement(
                    ready == 1 ? .warn : .pass, subject, measured, threshold: expected,
                    remedy: "run two replicas behind service \(key)")
            }
        }
        return judgements.isEmpty ? [Judgement(.pass, "cluster", "no webhooks")] : judgements
    }
}
