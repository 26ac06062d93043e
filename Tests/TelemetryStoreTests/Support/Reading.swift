import TelemetryModel

@testable import TelemetryStore

extension LogEntry {
    /// The payload, where it is a number; else -1.
    var number: Int { JSONText(validated: text).member("data").flatMap { Int($0.description) } ?? -1 }
}

extension LogReader {
    /// All that can be read now.
    var remaining: [LogEntry] {
        get throws(LogReadError) {
            var entries: [LogEntry] = []
            while let entry = try next() { entries.append(entry) }
            return entries
        }
    }
}

extension TelemetryService {
    func entries(from start: LogReader.Start) throws(LogReadError) -> [LogEntry] {
        try LogReader(log, from: start).remaining
    }

    func numbers(from start: LogReader.Start) throws(LogReadError) -> [Int] {
        try entries(from: start).map(\.number)
    }

    func numbersBackwards(from start: LogReader.Start) throws(LogReadError) -> [Int] {
        let reader = try BackwardLogReader(log, from: start)
        var numbers: [Int] = []
        while let entry = try reader.next() { numbers.append(entry.number) }
        return numbers
    }
}
