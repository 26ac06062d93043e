internal import MicroHTTPD
internal import TelemetryServer
internal import TelemetryStore

extension Server.StartError {
    /// The exit status, and a message that says what is wrong and what to do.
    var explanation: (status: ExitStatus, text: String) {
        switch self {
        case .socket(let error) where error.subject.hasPrefix("/"):
            (error.isPermissionDenied ? .noPermission : .unavailable, "\(error). Take another --unix-socket")
        case .socket(let error) where error.isAddressInUse:
            (
                .unavailable,
                """
                \(error). Another program listens there: stop it ('telemetry stop' if it is a telemetry server), or take \
                another --port
                """
            )
        case .socket(let error) where error.isPermissionDenied:
            (.noPermission, "\(error). Take a --port of 1024 or more")
        case .socket(let error):
            (.unavailable, "\(error). Check --host")
        case .store(.directoryInUse(let directory, let pid)):
            (
                .temporaryFailure,
                """
                \(directory) is held by \(pid.map { "the telemetry server with process id \($0)" } ?? "another one"). \
                Stop it, or take another --site-dir
                """
            )
        case .store(.unusableDirectory(let error)):
            (.cannotCreate, "\(error). Make the directory writable for this user, or take another --site-dir")
        case .security(let error):
            (.configuration, "\(error)")
        case .http:
            (.osError, "libmicrohttpd could not start: out of memory, threads or file descriptors")
        }
    }
}
