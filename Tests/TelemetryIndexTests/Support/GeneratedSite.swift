import TelemetryModel
import TestSupport

/// The files of a site whose events are known: days of random events, some late, some of them in a run.
struct GeneratedSite {
    enum Value: Equatable {
        case number(Double)
        case boolean(Bool)
        case string(String)
        case null

        var json: String {
            switch self {
            case .number(let number): "\(number)"
            case .boolean(let flag): flag ? "true" : "false"
            case .string(let text): JSONText(string: text).description
            case .null: "null"
            }
        }
    }

    struct Event {
        let type: String
        let time: Int64

        /// By their paths, which are members of `data`.
        let leaves: [(path: String, value: Value)]
    }

    static let types = ["weather", "dome", "guider \"x\"", "ünïcode"]

    let directory = TemporaryDirectory()
    private(set) var events: [Event] = []

    /// In the order of the files.
    private(set) var runEvents: [Event] = []
    private var random: SplitMix64
    private var seq: UInt64 = 0

    /// 2026-05-20T12:00:00Z.
    static let start: Int64 = 1_779_278_400_000

    init(seed: UInt64, days: Int, eventsOfADay: Int) throws {
        random = SplitMix64(seed: seed)
        for day in 0..<days {
            var text = ""
            for index in 0..<eventsOfADay {
                let time = Self.start + Int64(day) * 86_400_000 + Int64(index) * 86_400_000 / Int64(eventsOfADay)
                text += line(at: time)
                if Int.random(in: 0..<200, using: &random) == 0 { text += "{\"seq\":damaged\n" }
            }
            try directory.write(text, to: "site_202605\(20 + day).ndjson")
        }
    }

    private mutating func line(at time: Int64) -> String {
        seq += 1
        var time = time + Int64.random(in: 0..<1_000, using: &random)
        switch Int.random(in: 0..<40, using: &random) {
        case 0: time -= Int64.random(in: 0..<3_600_000, using: &random)
        case 1: time -= Int64.random(in: 0..<200_000_000, using: &random)
        case 2: time += Int64.random(in: 0..<10_000_000, using: &random)
        default: break
        }
        let type = Self.types[min(Int.random(in: 0..<8, using: &random), Self.types.count - 1)]
        var leaves: [(path: String, value: Value)] = []
        for field in ["a", "b.c", "kind", "word"] where Int.random(in: 0..<5, using: &random) > 0 {
            leaves.append((field, value(of: field)))
        }
        let members = leaves.map { path, value in
            path == "b.c" ? "\"b\":{\"c\":\(value.json)}" : "\"\(path)\":\(value.json)"
        }
        events.append(Event(type: type, time: time, leaves: leaves))
        let name = JSONText(string: type).description
        let ts = Timestamp(milliseconds: time)
        return """
            {"seq":\(seq),"ts":"\(ts)","stream":"site","type":\(name),"data":{\(members.joined(separator: ","))},"meta":{}}\n
            """
    }

    private mutating func value(of field: String) -> Value {
        switch field {
        case "a": return .number(Double(Int.random(in: -1_000...1_000, using: &random)))
        case "b.c": return .number(Double(Int.random(in: 0..<100_000, using: &random)) / 64)
        case "word": return .string(["open", "closed", "moving"][Int.random(in: 0..<3, using: &random)])
        default:
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .number(Double(Int.random(in: 0..<10, using: &random)))
            case 1: return .boolean(Bool.random(using: &random))
            case 2: return .null
            default: return .string("text")
            }
        }
    }
}
