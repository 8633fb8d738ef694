internal import KubernetesAPI

/// Objects in the form in which server-side apply takes them.
enum ApplyForm {
    /// Puts in what an API server should add and some do not.
    ///
    /// Kubernetes 1.20 refuses a Service whose ports leave out `protocol`: it is a key of that list, and its schema has no
    /// default there.
    static func complete(_ object: JSONValue) -> JSONValue {
        guard object["kind"]?.string == "Service", object["apiVersion"]?.string == "v1",
            let ports = object["spec"]?["ports"]?.array
        else { return object }
        var object = object
        object["spec"]?["ports"] = .array(
            ports.map { port in
                var port = port
                if port.object != nil, port["protocol"] == nil { port["protocol"] = "TCP" }
                return port
            })
        return object
    }
}
