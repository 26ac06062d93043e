internal import Glibc
internal import TelemetryModel

/// The first members of a line as this server writes them, read without parsing the rest. Ranges are within the line.
struct LineHead: Sendable {
    let seq: UInt64

    let makesCurrent: Bool

    /// The last sequence number in the file of the run that was active; nil when none was.
    let duringSeq: UInt64?

    /// That run's id, as `type`.
    let duringRunID: TextRange

    /// RFC 3339, without its quotes.
    let ts: TextRange

    /// What stands between the quotes of a JSON string, which may hold escapes.
    let type: TextRange

    private init(
        seq: UInt64, makesCurrent: Bool, duringSeq: UInt64?, duringRunID: TextRange, ts: TextRange, type: TextRange
    ) {
        self.seq = seq
        self.makesCurrent = makesCurrent
        self.duringSeq = duringSeq
        self.duringRunID = duringRunID
        self.ts = ts
        self.type = type
    }

    /// - Returns: nil when the line begins in another way, or lacks a member.
    @inline(__always)
    init?(_ line: UnsafeBufferPointer<UInt8>) {
        var scanner = Scanner(line)
        guard let head = scanner.read() else { return nil }
        self = head
    }

    /// Appends an event's `ts`, run id and type to its line, and makes the head that refers to them there.
    static func appending(_ event: StoredEvent, to line: [UInt8]) -> (bytes: [UInt8], head: LineHead) {
        var bytes = line
        func append(_ text: [UInt8]) -> TextRange {
            bytes += text
            return TextRange(bytes.count - text.count..<bytes.count)
        }
        let ts = append(Array(event.event.ts.utf8))
        let runID = append(event.storage.during.map { Array(escaping: $0.runID) } ?? [])
        let type = append(Array(escaping: event.event.type))
        let head = LineHead(
            seq: event.event.seq, makesCurrent: event.storage.makeCurrent, duringSeq: event.storage.during?.seq,
            duringRunID: runID, ts: ts, type: type)
        return (bytes, head)
    }

    /// Reads the members one after another.
    private struct Scanner {
        private let bytes: UnsafeBufferPointer<UInt8>
        private var position = 0

        /// - Parameter bytes: valid while the scanner is used.
        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            self.bytes = bytes
        }

        mutating func read() -> LineHead? {
            // A line that does not end so lacks members.
            guard bytes.last == UInt8(ascii: "}"), take("{\"seq\":"), let seq = takeInteger(), take(",\"ts\":"),
                let ts = takeString(), !bytes[ts].contains(UInt8(ascii: "\\")),
                take(",\"stream\":\"site\"") || take(",\"stream\":\"run\"")
            else { return nil }
            let makesCurrent = !take(",\"make_current\":false")
            var duringSeq: UInt64?
            var duringRunID = TextRange()
            if take(",\"during\":{\"run_id\":") {
                guard let runID = takeString(), take(",\"seq\":"), let seq = takeInteger(), take("}") else {
                    return nil
                }
                (duringRunID, duringSeq) = (TextRange(runID), seq)
            }
            // One of a foreign program may have further members in between.
            guard take(",\"type\":"), let type = takeString() else { return nil }
            return LineHead(
                seq: seq, makesCurrent: makesCurrent, duringSeq: duringSeq, duringRunID: duringRunID,
                ts: TextRange(ts), type: TextRange(type))
        }

        @inline(__always)  // So that constant text is compared by a few loads.
        private mutating func take(_ text: StaticString) -> Bool {
            let length = text.utf8CodeUnitCount
            guard bytes.count - position >= length, let base = bytes.baseAddress,
                memcmp(base + position, text.utf8Start, length) == 0
            else { return false }
            position += length
            return true
        }

        /// An integer up to 2^53 - 1, which every JSON reader represents exactly; nil when there is none.
        private mutating func takeInteger() -> UInt64? {
            var number: UInt64 = 0
            let start = position
            while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10,
                position - start < 17
            {
                number = number * 10 + UInt64(digit)
                position += 1
            }
            return position > start && number <= JSONText.largestExactInteger ? number : nil
        }

        /// What stands between the quotes of a string.
        private mutating func takeString() -> Range<Int>? {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
            let start = position + 1
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard end < bytes.count else { return nil }
            position = end + 1
            return start..<end
        }
    }
}

extension [UInt8] {
    /// What a JSON string has between its quotes.
    fileprivate init(escaping text: String) {
        self = []
        append(jsonString: text)
        self = Array(self[1..<count - 1])
    }
}
