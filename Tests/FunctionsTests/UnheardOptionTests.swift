import Diagnostics
import Testing

@testable import Functions

@Suite("Options that would be forgotten")
struct UnheardOptionTests {
    static let source = FunctionOrder.Code.source(Sample.source())

    static func order(
        _ code: FunctionOrder.Code = source, _ change: (inout FunctionOrder) -> Void = { _ in }
    ) -> FunctionOrder {
        var order = FunctionOrder(name: "hello", code: code)
        change(&order)
        return order
    }

    @Test(
        "Are named",
        arguments: [
            (FunctionAdapter.openfaas, order { $0.handler = "a.b" }, "handler"),
            (.openfaas, order { $0.triggers = [.http(host: "h.example", path: "/")] }, "http"),
            (.knative, order { $0.triggers = [.http(host: nil, path: "/x")] }, "http"),
            (.knative, order { $0.command = "sh" }, "command"),
            (.fission, order { $0.triggers = [.schedule(cron: "* * * * *", payload: "x")] }, "payload"),
            (.kubeless, order { $0.command = "sh" }, "command"),
            (.openwhisk, order { $0.minimum = 1 }, "min"), (.openwhisk, order { $0.labels = ["a": "b"] }, "label"),
            (.openwhisk, order { $0.cpu = "1" }, "cpu"),
            (.openwhisk, order { $0.runtimeImage = "a:1" }, "runtime-image"),
            (.knative, order(.image("a:1")) { $0.handler = "a.b" }, "handler"),
            (.openfaas, order(.image("a:1")) { $0.runtime = "python" }, "runtime"),
        ])
    func named(_ adapter: FunctionAdapter, _ order: FunctionOrder, _ option: String) throws {
        let found = try #require(UnheardOption.first(order, adapter))
        #expect(found.option == option)
        #expect(!found.reason.isEmpty)
    }

    @Test(
        "And those that are heard are not",
        arguments: [
            (FunctionAdapter.openfaas, order { $0.command = "sh" }),
            (.openfaas, order { $0.triggers = [.http(host: nil, path: "/")] }),
            (.knative, order(.image("a:1")) { $0.command = "sh" }), (.kubeless, order { $0.handler = "a.b" }),
            (.kubeless, order { $0.triggers = [.http(host: "h.example", path: "/x")] }),
            (.fission, order { $0.triggers = [.schedule(cron: "* * * * *", payload: nil)] }),
            (.openwhisk, order { $0.memory = "128Mi" }),
        ])
    func heard(_ adapter: FunctionAdapter, _ order: FunctionOrder) {
        #expect(UnheardOption.first(order, adapter) == nil)
    }

    @Test(
        "Memory of OpenWhisk is a whole number of megabytes",
        arguments: [
            ("256Mi", 256), ("0.5Gi", 512), ("512Ki", 1), ("1G", 954), ("134217728", 128), ("much", nil),
        ])
    func megabytes(_ text: String, _ megabytes: Int?) {
        #expect(OpenWhiskPlatform.megabytes(text) == megabytes)
    }
}
