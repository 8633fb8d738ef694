enum StorageClaim {
    static let id = "storage.claim"
    static let probe = ActiveProbes.make(
        id, .storage, title: "Claims are served, and keep what is written",
        why: """
            Claims one mebibyte from the default class, writes with one pod, reads with a second one, on another node if the volume allows it, and deletes all of \
            it. Classes and drivers look fine until somebody needs a volume.
            """,
        remedy: "`kubectl describe pvc` of a waiting claim and the log of the storage driver's controller say more",
        limits: [.init("warn", 30, "s"), .init("fail", 60, "s")])
}
