import ClusterModel
import Testing

struct PoolSpecTests {
    @Test func hostsGetWhatTheirPoolGives() throws {
        let spec = try #require(try Fixtures.decode("pools").spec)
        let pool = try #require(spec.pool("spare"))
        #expect(pool.minimum == 1)
        #expect(pool.maximum == 2)
        #expect(spec.hosts(of: pool).map(\.name) == ["w-2", "w-3"])
        for host in spec.hosts(of: pool) {
            #expect(host.labels == ["pool": "spare"])
            #expect(host.taints == [Taint(key: "cheap", value: "yes", effect: .noSchedule)])
        }
        #expect(spec.hosts[1].labels.isEmpty)
    }
}
