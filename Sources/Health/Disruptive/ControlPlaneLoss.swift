/// A cluster of three control planes or more keeps answering while one of them is away.
package enum ControlPlaneLoss {
    package static let id = "end-to-end.control-plane-loss"
    static let probe = ActiveProbes.make(
        id, .endToEnd, title: "The API answers while one control plane is away",
        why: """
            Stops the API server and etcd of one control plane after another for some \
            \(ControlPlaneLossTrial.absence) seconds, and reads an object through the endpoint all the time, with a new \
            connection each. Three control planes are bought for the day one of them is lost; whether the balancer, the \
            address that moves and etcd's election bear it is only known if it happened. Runs with --disruptive only.
            """,
        remedy:
            "look at the health checks of what balances the API (interval, how many failures), and at etcd's log for the election",
        limits: [.init("warn", 5, "s"), .init("fail", 20, "s")])
}
