import Diagnostics
import Testing

@Suite("Paths as text")
struct PathNameTests {
    @Test(
        "The folder of a path is what dirname prints",
        arguments: [
            ("S", "."), ("cluster.yaml", "."), ("a/b", "a"), ("/a", "/"), ("/a/b/c", "/a/b"), ("a//b", "a"),
            ("a/b/", "a"),
            ("/", "/"), ("//", "/"), ("", "."), ("./S", "."),
        ])
    func folder(_ path: String, _ folder: String) { #expect(PathName.folder(of: path) == folder) }

    @Test(
        "A file beside another",
        arguments: [("S", "n"), ("./S", "n"), ("a/b", "a/n"), ("/a", "/n"), ("/a/b", "/a/n")])
    func beside(_ path: String, _ neighbour: String) { #expect(PathName.beside(path, "n") == neighbour) }
}
