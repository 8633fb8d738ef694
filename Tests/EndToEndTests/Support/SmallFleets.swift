import Testing

/// The suites that need few hosts, one after another.
///
/// They run beside `HighlyAvailableFleet`: the hosts of both wait for each other's leases and for kubeadm most of their time, and a
/// third fleet at a time would take the calm that measurements of health need.
@Suite("Few hosts", .serialized) enum SmallFleets {}
