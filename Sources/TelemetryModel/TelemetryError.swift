/// Why the server refuses a request. Each case is mapped to one HTTP status.
package enum TelemetryError: Error, Hashable {
    /// The request names no run, and none is active.
    case noRunActive

    /// A line of a batch asks for a run, and none is active. Lines are counted from 1.
    case noRunActiveForLine(Int)

    /// A run is active already, and the request did not ask to replace it.
    case runAlreadyActive

    /// There is no current event of this type, or it is too old.
    case noCurrentEvent(type: String)

    /// The request is malformed; every fault is listed.
    case invalid([FieldError])

    /// The disk or a quota is full, or a file has reached its size limit.
    case storageFull(reason: String, directory: String, FreeSpace)

    /// Events cannot be recorded now.
    case cannotRecord(reason: String)

    /// A reader cannot go on from the place that its cursor names.
    case cursorGone(reason: String)

    /// What was recorded cannot be read now.
    case cannotRead(reason: String)

    /// Nothing of this type was recorded, or nothing by the run. `progress`: how far the history is built; nil when it is.
    case noHistory(type: String, runID: String?, progress: String?)

    /// There is no run of this id, or it has recorded nothing.
    case noHistoryOfRun(id: String, progress: String?)

    /// No values of the field are kept one after another.
    case noStates(type: String, field: String, progress: String?)

    /// The server keeps no history.
    case historyOff

    /// The request names no host whose history it wants.
    case hostRequired

    /// The time that a history of a host should go back is none.
    case invalidHostRange

    /// Nothing that is watched has this name.
    case unknownAlarm(name: String)

    /// As many follow the log as may, or from this address as may from one; nil for all together.
    case tooManyFollowers(limit: Int, address: String?)

    /// The page has no file of this name, or another version of it than the server has now.
    case noPageFile

    /// Only clients on this machine may do that.
    case loopbackOnly

    /// The server is configured to ignore shutdown requests.
    case shutdownDisabled
}

extension TelemetryError {
    /// The refusal of a line of a batch, with its number.
    func inLine(_ number: Int) -> TelemetryError {
        switch self {
        case .invalid(let faults): .invalid(faults.map { $0.inLine(number) })
        case .noRunActive: .noRunActiveForLine(number)
        default: self
        }
    }
}
