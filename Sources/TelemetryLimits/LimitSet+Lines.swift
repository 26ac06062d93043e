package import SimdJSON
package import TelemetryModel

/// A line of the log, as far as limits want it.
package struct WatchedEvent: Sendable {
    package let type: Int
    package let time: Timestamp
    package let readings: [Reading]
}

extension LimitSet {
    /// Reads a line of a type that is watched; nil for a damaged one.
    ///
    /// - Parameter type: its number, see ``number(ofType:)``.
    package func read(_ line: ArraySlice<UInt8>, type: Int, _ parser: JSONParser) -> WatchedEvent? {
        line.withUnsafeBytes { bytes in
            parser.withEvent(bytes, readable: bytes.count) { event -> WatchedEvent? in
                guard let time = Timestamp(rfc3339: event.ts) else { return nil }
                return WatchedEvent(type: type, time: time, readings: fields(ofType: type).readings(of: event))
            } ?? nil
        }
    }

    /// See ``observe(_:_:at:now:)``.
    package mutating func observe(_ event: WatchedEvent, now: Timestamp) -> [AlarmChange] {
        observe(event.type, event.readings, at: event.time, now: now)
    }
}
