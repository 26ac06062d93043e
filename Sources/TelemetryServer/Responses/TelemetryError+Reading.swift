internal import TelemetryModel
internal import TelemetryStore

extension TelemetryError {
    /// Why a request that reads the log is refused.
    init(_ error: LogReadError) {
        switch error {
        case .notReady: self = .cannotRead(reason: "the files are not open yet")
        case .gone(let reason): self = .cursorGone(reason: reason)
        case .system(let error): self = .cannotRead(reason: error.description)
        }
    }
}
