internal import TelemetryLimits
internal import TelemetryModel

/// The ledger of Alertmanager, which is told all that is on, again and again: it ends what it does not hear of any more.
///
/// **Algorithm.** Each message has the alerts that are on, with an end that is four minutes ahead; those that the receiver may know
/// as on but are not any more, with their end; and the `Watchdog`, which is always on, so that somebody else can tell when this
/// server is silent. The severity is a label, and alerts of other labels are other alerts: where it changes, the old alert is ended
/// and a new one begins, in the same message.
///
/// **Invariant.** What the receiver may know as on is in ``state`` before it is told, so it is ended whenever the server was killed.
struct AlertLedger: Ledger {
    /// How far the end of an alert is ahead.
    private static let lifetimeInSeconds: Int64 = 240

    let repeatInterval: Duration? = .seconds(60)
    let isFull = false
    private let atLeast: Severity
    private let instance: String

    /// The alarms that there are.
    private let names: Set<String>

    /// As they are, those that have ever changed.
    private var alarms: [String: AlarmReport]

    /// The names of those that have changed since it was told.
    private var changed: Set<String> = []

    /// What the receiver may know as on.
    private var told: [Alert]

    /// When the oldest message was made that this ledger knows of.
    private var started: Timestamp?

    /// - Parameters:
    ///   - names: all alarms that are configured.
    ///   - current: each as it was recorded last; nil for one that never was.
    ///   - state: what another one has left; nil for nothing.
    init(
        atLeast: Severity, instance: String, names: Set<String>, state: JSONText?, current: (String) -> AlarmReport?
    ) {
        self.atLeast = atLeast
        self.instance = instance
        self.names = names
        alarms = names.reduce(into: [:]) { $0[$1] = current($1) }
        told = (state?["alerts"]?.elements).map { $0.compactMap { Alert(state: $0) } } ?? []
    }

    var news: Int { changed.count }
    var state: JSONText { ["alerts": JSONText(told.map(\.state))] }

    mutating func take(_ change: AlarmReport) {
        guard names.contains(change.name) else { return }
        alarms[change.name] = change
        changed.insert(change.name)
    }

    /// The alerts that are on.
    private var firing: [Alert] {
        alarms.values.filter { $0.isRaised && $0.severity.map { $0 >= atLeast } ?? true }
            .map { Alert($0, instance: instance) }.sorted { $0.name < $1.name }
    }

    mutating func message(at now: Timestamp) -> JSONText {
        started = started ?? now
        let end = now.advanced(bySeconds: Self.lifetimeInSeconds)
        let firing = firing
        let over = told.filter { alert in !firing.contains { $0.labels == alert.labels } }
        told = over + firing
        return JSONText(
            [watchdog(at: now, until: end)] + firing.map { $0.json(until: end) }
                + over.map { $0.json(until: self.end(of: $0) ?? now) })
    }

    mutating func settle() {
        told = firing
        changed = []
    }

    /// When an alert was over; nil when nothing tells.
    private func end(of alert: Alert) -> Timestamp? {
        guard let report = alarms[alert.name] else { return nil }
        // What is out of limits differently is so since it was reported.
        return report.isRaised ? report.time : report.data["since"]?.string.flatMap { Timestamp(rfc3339: $0) }
    }

    private func watchdog(at now: Timestamp, until end: Timestamp) -> JSONText {
        [
            "labels": ["alertname": "Watchdog", "instance": JSONText(instance), "severity": "none"],
            "annotations": ["summary": "The telemetry server of \(instance) can tell of alarms: this is always on."],
            "startsAt": JSONText((started ?? now).description), "endsAt": JSONText(end.description),
        ]
    }
}
