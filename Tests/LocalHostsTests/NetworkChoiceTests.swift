import Diagnostics
import Testing

@testable import LocalHosts

@Suite struct NetworkChoiceTests {
    private func networks(_ texts: String...) -> [IPv4Network] { texts.compactMap { IPv4Network($0) } }

    @Test func takesTheFirstWhenNothingIsTaken() throws {
        #expect(try NetworkChoice.choose(taken: []).description == "10.66.1.0/24")
    }

    @Test func goesAroundRoutesOfAnyLength() throws {
        let taken = networks("10.66.0.0/22", "10.66.4.77", "10.66.5.128/25", "192.0.2.0/24")
        #expect(try NetworkChoice.choose(taken: taken).description == "10.66.6.0/24")
    }

    @Test func leavesAWholeSecondOctet() throws {
        #expect(try NetworkChoice.choose(taken: networks("10.66.0.0/16")).description == "10.67.1.0/24")
    }

    @Test func saysWhenAllIsTaken() {
        let problem = #expect(throws: Diagnostic.self) { try NetworkChoice.choose(taken: networks("10.0.0.0/8")) }
        #expect(problem?.code == "hosts.no-network")
        #expect(problem?.detail == "routes: 10.0.0.0/8")
    }

    @Test(arguments: ["10.66.1.0", "10.66.1.1/24", "192.168.1.0/24", "10.66.0.0/16", "x"])
    func refusesWhatIsNoNetworkForHosts(text: String) {
        let problem = #expect(throws: Diagnostic.self) { try NetworkChoice.check(text, taken: []) }
        #expect(problem?.code == "hosts.invalid-network")
    }

    @Test func refusesANetworkInUseOrReserved() throws {
        let taken = networks("10.70.0.0/16")
        for text in ["10.70.3.0/24", "10.244.3.0/24", "10.100.0.0/24"] {
            let problem = #expect(throws: Diagnostic.self) { try NetworkChoice.check(text, taken: taken) }
            #expect(problem?.code == "hosts.no-network")
        }
        #expect(try NetworkChoice.check("10.71.3.0/24", taken: taken).description == "10.71.3.0/24")
    }

    @Test func readsRoutes() throws {
        let text = """
            [{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},
             {"dst":"10.8.0.0/16","dev":"tun0","flags":[]},
             {"type":"local","dst":"192.0.2.2","dev":"eth0","table":"local","flags":[]},
             {"dst":"0.0.0.0/0","dev":"eth1","flags":[]}]
            """
        #expect(try NetworkChoice.parse(routes: text).map(\.description) == ["10.8.0.0/16", "192.0.2.2/32"])
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "a.b.c.d", "10.0.0.-1",
    ])
    func refusesWhatIsNoNetwork(text: String) {
        #expect(IPv4Network(text) == nil)
    }

    @Test func countsMembers() {
        let network = IPv4Network("10.66.1.77/24")
        #expect(network?.description == "10.66.1.0/24")
        #expect(network?.member(11) == "10.66.1.11")
        #expect(IPv4Network("0.0.0.0/0")?.overlaps(IPv4Network(address: 1, prefix: 32)) == true)
    }
}
