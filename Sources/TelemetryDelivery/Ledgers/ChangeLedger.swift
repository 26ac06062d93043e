internal import TelemetryLimits
internal import TelemetryModel

/// The ledger of a receiver that is told of changes, as JSON:
///
///     {"version":1,"instance":"dome-pc","alarms":[
///       {"id":"site/site_20261128.ndjson/17","ts":…,"name":"wind","state":"on","severity":"critical",…,
///        "earlier":[{"id":…,"ts":…,"state":"ok"}…]}…]}
///
/// Each alarm stands there once, as it was last; `earlier` has the changes before that which the receiver was not told either,
/// and is left out where there are none. The members beside `id`, `ts` and `earlier` are those of the event.
///
/// **Rule.** A change is told if the alarm is at least as bad as the receiver wants to know, or was when it was told of it last. So
/// whoever was told of an alarm is told when it is over.
struct ChangeLedger: Ledger {
    private struct Pending {
        var latest: AlarmReport
        var earlier: [AlarmReport] = []
    }

    /// More earlier changes of an alarm are left out, the first ones.
    private static let maximumEarlier = 100

    /// How many alarms one message may hold.
    private static let maximumAlarms = 1_000

    let repeatInterval: Duration? = nil
    private let atLeast: Severity
    private let instance: String

    /// The alarms that the receiver knows as raised.
    private var told: Set<String>

    /// The same, once it has been told what is pending.
    private var raised: Set<String>

    /// In the order of their latest changes.
    private var pending: [Pending] = []

    /// - Parameter state: what another one has left; nil for nothing.
    init(atLeast: Severity, instance: String, state: JSONText?) {
        self.atLeast = atLeast
        self.instance = instance
        told = Set((state?["raised"]?.elements).map { $0.compactMap(\.string) } ?? [])
        raised = told
    }

    var state: JSONText { ["raised": JSONText(told.sorted().map { JSONText($0) })] }
    var news: Int { pending.count }
    var isFull: Bool { pending.count >= Self.maximumAlarms }

    mutating func take(_ change: AlarmReport) {
        let isBad = change.isRaised && change.severity.map { $0 >= atLeast } ?? false
        guard isBad || raised.contains(change.name) else { return }
        if change.isRaised { raised.insert(change.name) } else { raised.remove(change.name) }
        var entry = Pending(latest: change)
        if let index = pending.firstIndex(where: { $0.latest.name == change.name }) {
            let before = pending.remove(at: index)
            entry.earlier = (before.earlier + [before.latest]).suffix(Self.maximumEarlier)
        }
        pending.append(entry)
    }

    func message(at now: Timestamp) -> JSONText {
        ["version": 1, "instance": JSONText(instance), "alarms": JSONText(pending.map { Self.json(of: $0) })]
    }

    mutating func settle() {
        pending = []
        told = raised
    }

    private static func json(of pending: Pending) -> JSONText {
        var members = head(of: pending.latest)
        var names: Set<[UInt8]> = ["id", "ts", "earlier"].reduce(into: []) { $0.insert(Array($1.utf8)) }
        for member in pending.latest.data.members {
            // Whoever may record can record what looks like a change; only those names are told that stand there once.
            guard let name = member.name.string, names.insert(Array(name.utf8)).inserted else { continue }
            members.append((name, member.value))
        }
        if !pending.earlier.isEmpty {
            let earlier = pending.earlier.map { change in
                JSONText(
                    head(of: change) + [("state", JSONText(change.state.rawValue))]
                        + (change.severity.map { [("severity", JSONText("\($0)"))] } ?? []))
            }
            members.append(("earlier", JSONText(earlier)))
        }
        return JSONText(members)
    }

    private static func head(of change: AlarmReport) -> [(String, JSONText)] {
        let id = change.id.map { [("id", JSONText($0))] } ?? []
        return id + [("ts", JSONText(change.time.description))]
    }
}
