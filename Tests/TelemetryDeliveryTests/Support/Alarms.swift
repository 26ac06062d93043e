import Dispatch
import Synchronization
import TelemetryModel
import TelemetryStore
import TestSupport

@testable import TelemetryDelivery

/// The event of a change, as the server records it.
func alarmData(
    _ name: String, _ state: String, _ severity: String? = nil, more: [(String, JSONText)] = []
) -> JSONText {
    JSONText(
        [("name", JSONText(name)), ("state", JSONText(state))]
            + (severity.map { [("severity", JSONText($0))] } ?? []) + more)
}

extension AlarmReport {
    /// - Parameters:
    ///   - second: when, on 2026-05-20 from 23:00:00 on; also the number in its id.
    static func make(
        _ name: String, _ state: String, _ severity: String? = nil, second: Int = 0, more: [(String, JSONText)] = []
    ) -> AlarmReport {
        let event: JSONText = [
            "ts": JSONText(instant(second).description), "type": JSONText("alarm." + name),
            "data": alarmData(name, state, severity, more: more),
        ]
        guard let report = AlarmReport(event: event, id: "site/f/\(second)") else { fatalError("no alarm: \(event)") }
        return report
    }
}

/// On 2026-05-20, from 23:00:00 on.
func instant(_ second: Int) -> Timestamp {
    Timestamp(milliseconds: 1_779_318_000_000 + Int64(second) * 1_000)
}

extension TelemetryService {
    convenience init(_ directory: TemporaryDirectory) throws {
        try self.init(
            StoreConfiguration(siteDirectory: directory.path), clock: WallClock(simulatedFrom: instant(0)),
            logger: .silent)
    }

    /// Records a change, and waits until that is done.
    func change(_ name: String, _ state: String, _ severity: String? = nil) {
        let answered = DispatchSemaphore(value: 0)
        let request = EventRequest(
            type: "alarm." + name, data: alarmData(name, state, severity), stream: .site)
        record(EventRequests(request)) { _ in answered.signal() }
        answered.wait()
    }
}

/// A receiver that does what a test says.
final class ScriptedReceiver: AlarmReceiver {
    let maximumAttempts: Int?
    private let outcomes: Mutex<[DeliveryOutcome]>
    private let messages = Mutex<[JSONText]>([])
    private let told = Gate()
    private let holds: Gate?

    /// - Parameters:
    ///   - outcomes: of the first messages; those that follow are taken.
    ///   - holds: opened for each message, before it is taken.
    init(_ outcomes: [DeliveryOutcome] = [], maximumAttempts: Int? = nil, holds: Gate? = nil) {
        self.outcomes = Mutex(outcomes)
        self.maximumAttempts = maximumAttempts
        self.holds = holds
    }

    func tell(_ message: [UInt8]) -> DeliveryOutcome {
        holds?.wait()
        messages.withLock { $0.append(JSONText(validated: message)) }
        told.open()
        return outcomes.withLock { $0.isEmpty ? .taken : $0.removeFirst() }
    }

    func cancel() { holds?.open() }

    /// The next message that it was told, of each alarm `name state`.
    func next() -> [String] {
        told.wait()
        let message = messages.withLock { $0.removeFirst() }
        return message["alarms"]?.elements.map { "\($0["name"]?.string ?? "") \($0["state"]?.string ?? "")" } ?? []
    }

    /// What it was told that nobody has asked for.
    var rest: [JSONText] { messages.withLock { $0 } }
}
