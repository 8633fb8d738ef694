// swift-tools-version: 6.2
import PackageDescription

/// One set of settings for every Swift target: language mode 6, warnings are errors, imports stay internal.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

/// A program at a fixed address: nothing is relocated at start, which saves memory and time in every run.
let releaseLinking: [LinkerSetting] = [
    .unsafeFlags(["-Xclang-linker", "-no-pie"], .when(configuration: .release))
]

/// A Swift target of the product; `needs` names targets from lower layers only (docs/architecture.md).
func layer(_ name: String, needs: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: needs, swiftSettings: settings)
}

func tests(_ name: String, needs: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: ["TestSupport"] + needs, exclude: fixtureFolders(of: name), swiftSettings: settings)
}

/// Fixtures are read from the checkout by path, so the build system must leave them alone.
func fixtureFolders(of name: String) -> [String] {
    [
        "ClusterModelTests": ["Fixtures"],
        "YAMLDocumentTests": ["Fixtures"],
        "CatalogueTests": ["Goldens"],
        "CommandsTests": ["Goldens"],
        "ReportingTests": ["Goldens"],
        "MinikubeTests": ["Double", "Recorded"],
        "BundlesTests": [],
        "FrameworksTests": ["Fixtures"],
        "SecureShellTests": [],
        "FunctionsTests": ["Recorded"],
        "EndToEndTests": ["Fixtures"],
    ][name] ?? []
}

let package = Package(
    name: "martlet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    ],
    targets: [
        // C
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        // Without pkg-config, which would link it: it is loaded when it is first needed (shim.h).
        .systemLibrary(name: "CLibCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        // leaves
        layer("Diagnostics"),
        layer("Digests", needs: [crypto]),
        layer("ConfigTree", needs: ["Diagnostics"]),
        layer("YAMLDocument", needs: ["CLibYAML", "ConfigTree", "Diagnostics"]),
        layer("SecureShell", needs: ["CLibSSH2", "Digests", "Diagnostics", crypto]),
        layer("WebClient", needs: ["CLibCurl", "Diagnostics"]),
        layer("LocalHosts", needs: ["Diagnostics"]),
        // model
        layer("ClusterModel", needs: ["ConfigTree", "YAMLDocument", "Diagnostics"]),
        layer(
            "Bundles",
            needs: ["Digests", "ClusterModel", "ConfigTree", "YAMLDocument", "WebClient", "Diagnostics", crypto]),
        layer("KubernetesAPI", needs: ["WebClient", "YAMLDocument", "ConfigTree", "Diagnostics"]),
        // pure core
        layer("Planning", needs: ["Digests", "ClusterModel", "Diagnostics"]),
        // engine
        layer("Catalogue", needs: ["Planning", "Digests", "ClusterModel", "ConfigTree", "Bundles", "Diagnostics"]),
        layer("Minikube", needs: ["Planning", "ClusterModel", "Diagnostics"]),
        layer("Execution", needs: ["Planning", "ClusterModel", "Diagnostics"]),
        layer(
            "Health",
            needs: ["KubernetesAPI", "Planning", "ClusterModel", "YAMLDocument", "ConfigTree", "Diagnostics"]),
        layer(
            "Labs",
            needs: ["Digests", "KubernetesAPI", "Planning", "WebClient", "YAMLDocument", "ConfigTree", "Diagnostics"]),
        layer("Autoscaling", needs: ["Health", "KubernetesAPI", "ClusterModel", "Diagnostics"]),
        layer(
            "Frameworks",
            needs: [
                "Digests", "KubernetesAPI", "Bundles", "ClusterModel", "WebClient", "YAMLDocument", "ConfigTree",
                "Diagnostics",
                crypto,
            ]),
        layer(
            "Functions",
            needs: ["Digests", "KubernetesAPI", "WebClient", "YAMLDocument", "ConfigTree", "Diagnostics", crypto]),
        // edges
        layer(
            "Transports",
            needs: ["Execution", "Planning", "ClusterModel", "SecureShell", "LocalHosts", "Diagnostics"]),
        layer(
            "Reporting",
            needs: [
                "Frameworks", "Functions", "Health", "Labs", "KubernetesAPI", "Execution", "Planning", "ClusterModel",
                "ConfigTree", "Diagnostics",
            ]),
        // commands
        layer(
            "Commands",
            needs: [
                "Digests", "Reporting", "Transports", "Execution", "Catalogue", "Minikube", "Autoscaling", "Frameworks",
                "Functions",
                "Health", "Labs", "KubernetesAPI", "Planning", "Bundles",
                "ClusterModel",
                "LocalHosts",
                "WebClient", "SecureShell", "YAMLDocument", "ConfigTree", "Diagnostics", argumentParser,
            ]),
        .executableTarget(
            name: "martlet", dependencies: ["Commands"], swiftSettings: settings, linkerSettings: releaseLinking),
        // what tests stand on: folders, programs, shells, servers, goldens; a real API server
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "APIServerRig", dependencies: ["TestSupport", "KubernetesAPI", "WebClient", "Diagnostics"],
            path: "Tests/APIServerRig", swiftSettings: settings),
        // tests
        tests("TestSupportTests", needs: []),
        tests("ConfigTreeTests", needs: ["ConfigTree", "YAMLDocument", "Diagnostics"]),
        tests("YAMLDocumentTests", needs: ["YAMLDocument", "ConfigTree", "ClusterModel", "Diagnostics"]),
        tests("ClusterModelTests", needs: ["ClusterModel", "YAMLDocument", "ConfigTree", "Diagnostics"]),
        // A real SSH server for tests.
        .target(
            name: "SSHServerRig", dependencies: ["TestSupport", "SecureShell"], path: "Tests/SSHServerRig",
            swiftSettings: settings),
        tests(
            "SecureShellTests",
            needs: [
                "Digests", "SSHServerRig", "SecureShell", "Transports", "Execution", "Planning", "ClusterModel",
                "Diagnostics",
            ]),
        tests("LocalHostsTests", needs: ["LocalHosts", "Diagnostics"]),
        tests(
            "CatalogueTests",
            needs: [
                "Digests", "Catalogue", "Reporting", "Bundles", "Planning", "ClusterModel", "SecureShell",
                "Diagnostics",
            ]),
        tests("WebClientTests", needs: ["WebClient", "Diagnostics"]),
        tests("BundlesTests", needs: ["Bundles", "Digests", "ClusterModel", "WebClient", "Diagnostics"]),
        tests("KubernetesAPITests", needs: ["APIServerRig", "KubernetesAPI", "WebClient", "Diagnostics"]),
        tests(
            "FrameworksTests",
            needs: [
                "Digests", "Frameworks", "APIServerRig", "Bundles", "KubernetesAPI", "ClusterModel", "WebClient",
                "YAMLDocument",
                "ConfigTree", "Diagnostics",
            ]),
        tests(
            "HealthTests",
            needs: [
                "Health", "Catalogue", "KubernetesAPI", "Planning", "ClusterModel", "YAMLDocument", "ConfigTree",
                "Diagnostics",
            ]),
        tests(
            "LabsTests",
            needs: ["Labs", "KubernetesAPI", "Planning", "WebClient", "YAMLDocument", "ConfigTree", "Diagnostics"]),
        tests("AutoscalingTests", needs: ["Autoscaling", "Health", "KubernetesAPI", "ClusterModel", "Diagnostics"]),
        tests(
            "MinikubeTests",
            needs: [
                "Digests", "SSHServerRig", "SecureShell", "Minikube", "Transports", "Reporting", "Execution",
                "Planning",
                "ClusterModel", "YAMLDocument",
                "ConfigTree",
                "Diagnostics",
            ]),
        tests(
            "FunctionsTests",
            needs: [
                "Functions", "APIServerRig", "KubernetesAPI", "WebClient", "YAMLDocument", "ConfigTree", "Diagnostics",
            ]),
        tests("PlanningTests", needs: ["Planning", "Digests", "ClusterModel", "Diagnostics"]),
        tests("ExecutionTests", needs: ["Execution", "Planning", "ClusterModel", "Diagnostics"]),
        tests(
            "ReportingTests",
            needs: ["Reporting", "Frameworks", "Functions", "Health", "Labs", "Execution", "Planning", "Diagnostics"]),
        tests("EndToEndTests", needs: ["Diagnostics"]),
        tests(
            "CommandsTests",
            needs: [
                "SSHServerRig", "Commands", "Frameworks", "Functions", "KubernetesAPI", "Planning", "WebClient",
                "ClusterModel",
                "YAMLDocument",
                "ConfigTree",
                "Diagnostics", argumentParser,
            ]),
    ]
)
