internal import Glibc
internal import SimdJSON
internal import TelemetryModel

/// A valid line of an NDJSON file, as it stands on disk.
struct LogLine: Sendable, SiteLine {
    /// Without the newline. It keeps the piece of the file in memory that it was read with.
    let text: ArraySlice<UInt8>

    /// Where it begins in its file, in bytes.
    let offset: Int64
    let isMigrated: Bool
    private let head: LineHead

    var seq: UInt64 { head.seq }
    var duringSeq: UInt64? { head.duringSeq }
    var duringRunID: String? { head.duringRunID?.unescaped }

    /// The event's `ts`.
    var time: Timestamp { head.time ?? Timestamp(milliseconds: 0) }

    /// The event's `ts`, RFC 3339, without its quotes.
    var ts: ArraySlice<UInt8> { head.ts }

    /// The event's type: what stands between the quotes, which may hold escapes.
    var type: ArraySlice<UInt8> { head.type }

    /// A number that no line before it is above. This server's count from 1, but another program's may begin with 0.
    var seqBefore: UInt64 { seq > 0 ? seq - 1 : 0 }

    /// Where the next line begins.
    var end: Int64 { offset + Int64(text.count) + 1 }

    /// Reads a line.
    ///
    /// - Parameters:
    ///   - readable: how many bytes may be read from the beginning of `text` on.
    ///   - isTrusted: takes a line that begins as this server writes lines without looking at the rest.
    /// - Returns: nil when the line is damaged.
    init?(
        _ text: ArraySlice<UInt8>, readable: Int, at offset: Int64, _ parser: JSONParser, isMigrated: Bool,
        isTrusted: Bool
    ) {
        self.text = text
        self.offset = offset
        self.isMigrated = isMigrated
        if let head = LineHead(text) {
            guard isTrusted || text.withUnsafeBytes({ parser.isValid($0, readable: readable) }) else { return nil }
            self.head = head
        } else {
            // Another program wrote it, or its members are in another order.
            guard let json = try? parser.minify(Array(text)), let event = StoredEvent(json: JSONText(validated: json))
            else { return nil }
            head = LineHead(event)
        }
    }
}

/// The first members of a line as this server writes them, read without parsing the rest.
struct LineHead: Sendable {
    let seq: UInt64

    /// The last sequence number in the file of the run that was active; nil when none was.
    let duringSeq: UInt64?

    /// That run's id, as `type`.
    let duringRunID: ArraySlice<UInt8>?

    /// RFC 3339, without its quotes.
    let ts: ArraySlice<UInt8>

    /// What stands between the quotes of a JSON string, which may hold escapes.
    let type: ArraySlice<UInt8>

    var time: Timestamp? { Timestamp(rfc3339: String(decoding: ts, as: UTF8.self)) }

    init(_ event: StoredEvent) {
        seq = event.event.seq
        duringSeq = event.storage.during?.seq
        duringRunID = event.storage.during.map { ArraySlice(escaping: $0.runID) }
        ts = ArraySlice(event.event.ts.utf8)
        type = ArraySlice(escaping: event.event.type)
    }

    /// - Returns: nil when the line begins in another way, or lacks a member.
    init?(_ line: ArraySlice<UInt8>) {
        let read = line.withUnsafeBufferPointer { bytes -> Ranges? in
            var scanner = Scanner(bytes)
            return scanner.read()
        }
        guard let read else { return nil }
        func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
            line[(line.startIndex + range.lowerBound)..<(line.startIndex + range.upperBound)]
        }
        seq = read.seq
        duringSeq = read.duringSeq
        duringRunID = read.duringRunID.map(slice)
        ts = slice(read.ts)
        type = slice(read.type)
    }

    private struct Ranges {
        var seq: UInt64
        var duringSeq: UInt64?
        var duringRunID: Range<Int>?
        var ts: Range<Int>
        var type: Range<Int>
    }

    /// Reads the members one after another.
    private struct Scanner {
        private let bytes: UnsafeBufferPointer<UInt8>
        private var position = 0

        /// - Parameter bytes: valid while the scanner is used.
        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            self.bytes = bytes
        }

        mutating func read() -> Ranges? {
            // A line that does not end so lacks members.
            guard bytes.last == UInt8(ascii: "}"), take("{\"seq\":"), let seq = takeInteger(), take(",\"ts\":"),
                let ts = takeString(), !bytes[ts].contains(UInt8(ascii: "\\")),
                take(",\"stream\":\"site\"") || take(",\"stream\":\"run\"")
            else { return nil }
            _ = take(",\"make_current\":false")
            var (duringSeq, duringRunID): (UInt64?, Range<Int>?)
            if take(",\"during\":{\"run_id\":") {
                duringRunID = takeString()
                guard duringRunID != nil, take(",\"seq\":") else { return nil }
                duringSeq = takeInteger()
                guard duringSeq != nil, take("}") else { return nil }
            }
            // One of a foreign program may have further members in between.
            guard take(",\"type\":"), let type = takeString() else { return nil }
            return Ranges(seq: seq, duringSeq: duringSeq, duringRunID: duringRunID, ts: ts, type: type)
        }

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

extension ArraySlice<UInt8> {
    /// What a JSON string has between its quotes.
    fileprivate init(escaping text: String) {
        var bytes: [UInt8] = []
        bytes.append(jsonString: text)
        self = bytes[1..<bytes.count - 1]
    }

    /// The text of a JSON string, of which this is what stands between its quotes.
    fileprivate var unescaped: String? {
        if !contains(UInt8(ascii: "\\")) { return String(decoding: self, as: UTF8.self) }
        return JSONText(validated: [UInt8(ascii: "\"")] + self + [UInt8(ascii: "\"")]).string
    }
}
