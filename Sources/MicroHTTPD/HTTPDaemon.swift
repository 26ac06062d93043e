internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// A libmicrohttpd daemon that serves one listening socket.
///
/// It runs in poll mode: epoll of libmicrohttpd 0.9.75 stalls with hundreds of connections.
package final class HTTPDaemon: @unchecked Sendable {  // The pointer is written once, before any other thread sees it.
    package struct Configuration: Sendable {
        /// Threads that serve connections.
        package var threads: Int = 1

        /// The longest body that is taken, in bytes.
        package var maximumBodyLength: Int = 1 << 20

        package init() {}
    }

    /// libmicrohttpd refused to start.
    package struct StartError: Error {}

    let router: Router
    let configuration: Configuration
    let admit: HTTPAdmission
    let errorResponse: @Sendable (HTTPError) -> HTTPResponse

    private let socket: ListenSocket
    private var daemon: OpaquePointer?
    private let isStopping = Atomic(false)

    /// How many requests have begun and are not answered to the end.
    private let exchangesInFlight = Atomic(0)

    /// Starts to serve `socket`.
    ///
    /// - Parameters:
    ///   - admit: throws for a request that may not be served at all.
    ///   - errorResponse: the answer to a request that no handler sees.
    /// - Throws: ``StartError`` when libmicrohttpd cannot start: out of memory, threads or descriptors.
    package init(
        on socket: ListenSocket, configuration: Configuration = Configuration(), router: Router,
        admit: @escaping HTTPAdmission = { _ in },
        errorResponse: @escaping @Sendable (HTTPError) -> HTTPResponse
    ) throws(StartError) {
        self.socket = socket
        self.configuration = configuration
        self.router = router
        self.admit = admit
        self.errorResponse = errorResponse
        try start()
    }

    /// The port that is served.
    package var port: UInt16 { socket.port }

    private func start() throws(StartError) {
        let flags = MHD_USE_POLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_ITC.rawValue
        let context = Unmanaged.passUnretained(self).toOpaque()
        var options = [
            MHD_OptionItem(option: .LISTEN_SOCKET, value: Int(socket.descriptor), ptr_value: nil),
            MHD_OptionItem(
                option: .NOTIFY_COMPLETED,
                value: unsafeBitCast(HTTPConnection.completed as MHD_RequestCompletedCallback, to: Int.self),
                ptr_value: context),
            MHD_OptionItem(
                option: .UNESCAPE_CALLBACK,
                value: unsafeBitCast(HTTPConnection.keepEscapes as HTTPConnection.UnescapeCallback, to: Int.self),
                ptr_value: nil),
        ]
        if configuration.threads > 1 {
            options.append(
                MHD_OptionItem(option: .THREAD_POOL_SIZE, value: configuration.threads, ptr_value: nil))
        }
        options.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        daemon = cmhd_start_daemon(flags, HTTPConnection.handle, context, &options)
        if daemon == nil { throw StartError() }
    }

    /// Stops to accept, lets the answers in flight finish, and closes all connections.
    ///
    /// Every handler must have answered, or must answer soon: libmicrohttpd cannot stop while a connection waits.
    ///
    /// - Parameter patience: how long to wait for clients that are slow to send or to read, in milliseconds.
    package func stop(patience: Int = 1_500) {
        guard let daemon else { return }
        isStopping.store(true, ordering: .relaxed)
        MHD_quiesce_daemon(daemon)
        for _ in 0..<patience where exchangesInFlight.load(ordering: .acquiring) > 0 {
            usleep(1_000)
        }
        MHD_stop_daemon(daemon)
        self.daemon = nil
    }

    func exchangeBegan() {
        exchangesInFlight.add(1, ordering: .relaxed)
    }

    func exchangeEnded() {
        exchangesInFlight.subtract(1, ordering: .releasing)
    }

    /// Whether a connection should be closed after its answer.
    var closesConnections: Bool { isStopping.load(ordering: .relaxed) }
}
