/// What a telemetry server counts of its requests, as it tells with `GET /metrics`.
package struct ServerReading: Sendable, Equatable {
    /// Requests by the class of their status, such as `5xx`.
    private var requests: [String: Double] = [:]

    /// How many requests took at most so many seconds; by the bound, in its order.
    private var buckets: [(bound: Double, count: Double)] = []

    private var listeners: Double?

    /// - Parameter metrics: in the text format of Prometheus, version 0.0.4.
    /// - Returns: nil when it does not tell how many requests there were.
    package init?(metrics: String) {
        for line in metrics.split(separator: "\n") where !line.hasPrefix("#") {
            guard let blank = line.lastIndex(of: " "), let value = Double(line[line.index(after: blank)...]) else {
                continue
            }
            let text = line[..<blank]
            switch text.prefix(while: { $0 != "{" }) {
            case "telemetry_listeners": listeners = value
            // Of each route there is one.
            case "telemetry_http_requests_total": requests[Self.label("code", of: text), default: 0] += value
            case "telemetry_http_request_duration_seconds_bucket":
                let bound = Self.label("le", of: text)
                if let bound = bound == "+Inf" ? .infinity : Double(bound) { buckets.append((bound, value)) }
            default: break
            }
        }
        guard !requests.isEmpty else { return nil }
        buckets.sort { $0.bound < $1.bound }
    }

    package static func == (left: ServerReading, right: ServerReading) -> Bool {
        left.requests == right.requests && left.listeners == right.listeners
            && left.buckets.elementsEqual(right.buckets) { $0 == $1 }
    }

    /// The value of a sample's label, which has no escapes; empty when it has none of the name.
    private static func label(_ name: String, of sample: Substring) -> String {
        for label in sample.drop(while: { $0 != "{" }).dropFirst().split(separator: ",")
        where label.hasPrefix(name + "=") {
            return String(label.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first ?? "")
        }
        return ""
    }

    /// - Parameters:
    ///   - before: an earlier reading; nil when there is none, and then only the listeners are known.
    ///   - seconds: how long ago it was made.
    func add(to members: inout Members, since before: ServerReading?, seconds: Double) {
        if let before, seconds > 0 {
            var all = 0.0
            for (code, count) in requests { all += max(count - (before.requests[code] ?? 0), 0) }
            let failed = max((requests["5xx"] ?? 0) - (before.requests["5xx"] ?? 0), 0)
            members.add("requests_sec", all / seconds)
            members.add("p99_ms", 1_000 * quantile(0.99, since: before), decimals: 3)
            members.add("error_rate", all > 0 ? 100 * failed / all : 0)
        }
        members.add("active_backends", listeners.flatMap { Int(exactly: $0) })
    }

    /// The duration in seconds that a share of the requests did not exceed. Within a bucket durations are taken to be spread
    /// evenly; of what is longer than all bounds the last bound is all that is known. 0 when there were no requests.
    private func quantile(_ share: Double, since before: ServerReading) -> Double {
        let earlier = Dictionary(before.buckets.map { ($0.bound, $0.count) }) { $1 }
        let counts = buckets.map { ($0.bound, max($0.count - (earlier[$0.bound] ?? 0), 0)) }
        guard let total = counts.last?.1, total > 0 else { return 0 }
        var (lower, below) = (0.0, 0.0)
        for (bound, count) in counts {
            if count >= share * total {
                guard bound.isFinite, count > below else { return lower }
                return lower + (bound - lower) * (share * total - below) / (count - below)
            }
            (lower, below) = (bound, count)
        }
        return lower
    }
}
