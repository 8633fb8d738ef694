@testable import Labs

/// Images in a container engine of this machine.
extension PrimitiveTests {
    /// What podman 4.3 and docker 28 say, recorded from them and shortened.
    private static func engine(
        machine: String = "amd64", size: Int = 6_457_430, user: String = "65534", entry: String = "[\"/hello\"]",
        running: String = "4231de467789\n", older: String = "", files: String = "./\nhello\nusr/lib/\n"
    ) -> RecordedGround {
        let inspected = """
            [{"Id": "6969916849", "RepoTags": ["localhost/hello:1"], "Architecture": "\(machine)", "Os": "linux", "Size": \(size),
              "Config": {"User": "\(user)", "ExposedPorts": {"8080/tcp": {}}, "Env": ["PATH=/bin"], "Entrypoint": \(entry)}}]
            """
        var ground = RecordedGround()
        ground.programs = ["podman", "docker"]
        ground.answers = [
            "podman image inspect hello:1": LabProgramAnswer(status: 0, output: inspected),
            "podman history": LabProgramAnswer(status: 0, output: "/bin/sh -c #(nop) COPY file:a6 in /hello \n"),
            "podman ps --quiet --filter ancestor=6969916849": LabProgramAnswer(status: 0, output: running),
            "podman ps --format {{.Image}}": LabProgramAnswer(status: 0, output: older),
            "podman create 6969916849": LabProgramAnswer(status: 0, output: "c4bea1ec19fe\n"),
            "sh -c \"$0\" export \"$1\" | tar --list --quoting-style=literal podman c4bea1ec19fe": LabProgramAnswer(
                status: 0, output: files),
            "podman rm c4bea1ec19fe": LabProgramAnswer(status: 0, output: ""),
        ]
        return ground
    }

    private static func engine(_ programs: Set<String>, _ errors: [String: String]) -> RecordedGround {
        var ground = RecordedGround()
        ground.programs = programs
        ground.answers = errors.mapValues { LabProgramAnswer(status: 125, output: "[]\n", errors: $0) }
        return ground
    }

    static let enginePictures: [Case] = {
        let all =
            "image: {ref: \"hello:1\", in: engine, platform: linux/amd64, max_size: 50MB, entrypoint: true, non_root: true, port: 8080, no_path: [usr/lib/go], no_history: [secret], containers: {min: 1}}"
        let there = "image: {ref: \"hello:1\", in: engine}"
        let unknown = "Error: inspecting object: hello:1: image not known"
        let daemon = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
        return [
            Case(name: "image in an engine", primitive: all, ground: engine(), result: .pass, observed: "6.5 MB"),
            Case(
                name: "image for another machine", primitive: all, ground: engine(machine: "s390x"), result: .fail,
                observed: "is for linux/s390x"),
            Case(
                name: "image with everything in it", primitive: all, ground: engine(size: 207_000_000), result: .fail,
                observed: "has 207 MB"),
            Case(
                name: "image without a program", primitive: all, ground: engine(entry: "null"), result: .fail,
                observed: "names no program"),
            Case(
                name: "image of root", primitive: all, ground: engine(user: ""), result: .fail, observed: "runs as root"
            ),
            Case(
                name: "image that nothing runs of", primitive: all, ground: engine(running: ""), result: .fail,
                observed: "0 containers of hello:1 run"),
            Case(
                name: "image that was built again while a container runs", primitive: all,
                ground: engine(running: "", older: "localhost/hello:1\n"), result: .fail,
                observed: "made before the image was built again"),
            Case(
                name: "image with a compiler", primitive: all, ground: engine(files: "hello\nusr/lib/go/bin/go\n"),
                result: .fail, observed: "contains usr/lib/go"),
            Case(
                name: "image that no engine has", primitive: there,
                ground: engine(["podman", "docker"], ["podman image": unknown, "docker image": daemon]), result: .fail,
                observed: "there is no image hello:1"),
            Case(
                name: "engine that is not running", primitive: there,
                ground: engine(["docker"], ["docker image": daemon]),
                result: .error, observed: "Cannot connect"),
            Case(
                name: "machine without an engine", primitive: there, ground: engine([], [:]), result: .error,
                observed: "install podman"),
        ]
    }()
}
