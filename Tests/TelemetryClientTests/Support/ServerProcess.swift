import Glibc

/// The real server: `telemetry run` on a free port, over an empty site directory that is removed in the end.
final class ServerProcess: @unchecked Sendable {  // A test starts and stops it from one task at a time.
    struct StartError: Error {
        let log: String
    }

    let directory: String
    private(set) var port: UInt16 = 0
    private var pid: pid_t = 0
    private var limitsFile: String?

    /// The path of a unix socket that it listens on as well.
    var unixSocket: String { directory + "/socket" }

    /// Starts a server and waits until it listens.
    ///
    /// - Parameter limits: the content of its limits file; nil for none.
    init(limits: String? = nil) throws {
        var template = Array("/tmp/telemetry-client-tests.XXXXXX".utf8CString)
        directory = mkdtemp(&template).map { String(cString: $0) } ?? ""
        if let limits {
            let path = directory + "/limits.toml"
            let file = open(path, O_WRONLY | O_CREAT, 0o600)
            precondition(write(file, limits, limits.utf8.count) == limits.utf8.count)
            close(file)
            limitsFile = path
        }
        try start(port: 0)
    }

    deinit {
        stop()
        var remove: pid_t = 0
        Self.spawn("/bin/rm", ["rm", "-rf", directory], standardError: nil, &remove)
        waitpid(remove, nil, 0)
    }

    /// Ends the server, waits for that, and starts another on the same port and directory.
    func restart() throws {
        stop()
        try start(port: port)
    }

    func stop() {
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
        pid = 0
    }

    private func start(port: UInt16) throws {
        var pipe: [Int32] = [0, 0]
        precondition(Glibc.pipe(&pipe) == 0)
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let arguments =
            [
                "telemetry", "run", "--host", "localhost", "--port", "\(port)", "--unix-socket", unixSocket,
                "--site-dir", directory + "/site",
            ] + (limitsFile.map { ["--limits", $0] } ?? [])
        Self.spawn(Self.binary, arguments, standardError: pipe[1], &pid)
        close(pipe[1])
        // The pipe stays open: the server writes to it to its end, far less than it holds.
        var log = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !log.contains("Listening on ") || !log.hasSuffix("\n") {
            let count = read(pipe[0], &buffer, buffer.count)
            guard count > 0 else { throw StartError(log: log) }
            log += String(decoding: buffer[..<count], as: UTF8.self)
        }
        guard let address = log.firstRange(of: "http://127.0.0.1:"),
            let port = UInt16(log[address.upperBound...].prefix { $0.isNumber })
        else { throw StartError(log: log) }
        self.port = port
    }

    /// `$TELEMETRY_BINARY`, or what `swift build` made.
    private static var binary: String {
        if let path = getenv("TELEMETRY_BINARY").map({ String(cString: $0) }), access(path, X_OK) == 0 { return path }
        return #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined() + "/.build/debug/telemetry"
    }

    private static func spawn(_ path: String, _ arguments: [String], standardError: Int32?, _ pid: inout pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardError { posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO) }
        // The threads of the tests block signals; the server has to get them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv = arguments.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        let result = posix_spawn(&pid, path, &actions, &attributes, &argv, environ)
        precondition(result == 0, "\(path): \(String(cString: strerror(result)))")
    }
}
