internal import Synchronization
internal import TelemetryModel

/// Counts the requests to record that were refused, by the reason. Any thread counts, and what is recorded is not counted here.
final class RefusalCounters: Sendable {
    enum Reason: Int, CaseIterable {
        /// The request is malformed.
        case invalid

        /// The current view would have too many types, or be too long.
        case limit

        /// It asks for a run, and none is active.
        case noRun

        /// A disk or a quota is full.
        case noRoom
        case cannotRecord
        case other

        init(_ error: TelemetryError) {
            switch error {
            case .invalid(let faults):
                let isLimit = faults.contains { $0.type == "too_many_types" || $0.type == "current_too_long" }
                self = isLimit ? .limit : .invalid
            case .noRunActive, .noRunActiveForLine: self = .noRun
            case .storageFull: self = .noRoom
            case .cannotRecord: self = .cannotRecord
            default: self = .other
            }
        }

        /// Its name in metrics.
        var label: String {
            switch self {
            case .invalid: "invalid"
            case .limit: "limit"
            case .noRun: "no_run"
            case .noRoom: "no_room"
            case .cannotRecord: "cannot_record"
            case .other: "other"
            }
        }
    }

    private let counters: InlineArray<6, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    func count(_ error: TelemetryError) {
        counters[Reason(error).rawValue].add(1, ordering: .relaxed)
    }

    func count(of reason: Reason) -> Int { counters[reason.rawValue].load(ordering: .relaxed) }
}
