import TestSupport

/// A port of loopback whose connections end at another one, until it is cut: an API server that goes away in the middle.
final class Relay: Sendable {
    private let program: PythonServer

    var port: Int { program.port }

    init(to target: Int) throws { program = try PythonServer(Self.script, ["\(target)"]) }

    /// Breaks all connections; from then on there is nobody.
    func cut() { program.stop() }

    private static let script = #"""
        import os, socket, sys, threading
        target = int(sys.argv[1])
        listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(64)
        print(listener.getsockname()[1])
        def pump(a, b):
            try:
                while True:
                    data = a.recv(65536)
                    if not data: break
                    b.sendall(data)
            except OSError: pass
            for s in (a, b):
                try: s.shutdown(socket.SHUT_RDWR)
                except OSError: pass
        def serve():
            while True:
                a = listener.accept()[0]
                b = socket.create_connection(("127.0.0.1", target))
                for x, y in ((a, b), (b, a)): threading.Thread(target=pump, args=(x, y), daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        sys.stdin.read()
        os._exit(0)
        """#
}
