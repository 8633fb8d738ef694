import ArgumentParser

/// `martlet hosts`: machines to try things on, made of containers on this one.
struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Make test hosts on this machine: systemd containers with sshd, good enough for a real cluster.",
        discussion: """
            A fleet is a group of hosts on a network of their own. Each host runs systemd and sshd and has nothing of \
            Kubernetes on it yet. Needs root.

            Example:
              martlet hosts create --spec lab.yaml
              martlet hosts list
              martlet hosts destroy lab
            """,
        subcommands: [
            HostsCreateCommand.self, HostsListCommand.self, HostsSSHCommand.self, HostsStopCommand.self,
            HostsStartCommand.self, HostsDestroyCommand.self,
        ])
}
