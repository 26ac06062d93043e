internal import SimdJSON
internal import TelemetryModel

/// A valid line of an NDJSON file, as it stands on disk.
struct LogLine: Sendable, SiteLine {
    /// Without the newline.
    let text: [UInt8]

    /// Where it begins in its file, in bytes.
    let offset: Int64
    let seq: UInt64
    let during: EventStorage.RunPosition?
    let isMigrated: Bool

    /// A number that no line before it is above. This server's count from 1, but another program's may begin with 0.
    var seqBefore: UInt64 { seq > 0 ? seq - 1 : 0 }

    /// Where the next line begins.
    var end: Int64 { offset + Int64(text.count) + 1 }

    /// The time of a line that does not begin as this server writes lines; nil for one that does.
    private let foreignTime: Timestamp?

    /// The event's `ts`.
    var time: Timestamp { foreignTime ?? LineHead(text)?.time ?? Timestamp(milliseconds: 0) }

    /// Reads a line; nil when it is damaged.
    init?(_ line: LineReader.Line, _ parser: JSONParser, isMigrated: Bool) {
        guard let minified = try? parser.minify(line.text) else { return nil }
        text = line.text
        offset = line.offset
        self.isMigrated = isMigrated
        if let head = LineHead(line.text) {
            seq = head.seq
            during = head.during
            foreignTime = nil
        } else {
            // Another program wrote it, or its members are in another order.
            guard let event = StoredEvent(json: JSONText(validated: minified)) else { return nil }
            seq = event.event.seq
            during = event.storage.during
            foreignTime = event.time
        }
    }
}

/// The first members of a line as this server writes them, read without parsing the rest.
struct LineHead {
    let seq: UInt64
    let during: EventStorage.RunPosition?

    /// RFC 3339, without its quotes.
    private let ts: ArraySlice<UInt8>

    var time: Timestamp? { Timestamp(rfc3339: String(decoding: ts, as: UTF8.self)) }

    /// - Returns: nil when the line begins in another way, or lacks a member.
    init?(_ line: [UInt8]) {
        var rest = line[...]
        guard rest.take("{\"seq\":"), let seq = rest.takeInteger(), rest.take(",\"ts\":\""),
            let end = rest.firstIndex(of: UInt8(ascii: "\"")), !rest[..<end].contains(UInt8(ascii: "\\"))
        else { return nil }
        self.seq = seq
        ts = rest[..<end]
        rest = rest[end...]
        guard rest.take("\",\"stream\":\"site\"") || rest.take("\",\"stream\":\"run\"") else { return nil }
        _ = rest.take(",\"make_current\":false")
        if rest.take(",\"during\":{\"run_id\":") {
            guard let id = rest.takeString(), rest.take(",\"seq\":"), let runSeq = rest.takeInteger(), rest.take("}")
            else { return nil }
            during = EventStorage.RunPosition(runID: id, seq: runSeq)
        } else {
            during = nil
        }
        // A line that ends here lacks members. One of a foreign program may have further ones in between.
        guard rest.take(",\"type\":\""), rest.last == UInt8(ascii: "}") else { return nil }
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func take(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where self[startIndex + index] != text.utf8Start[index] { return false }
        removeFirst(length)
        return true
    }

    /// An integer up to 2^53 - 1, which every JSON reader represents exactly; nil when there is none.
    fileprivate mutating func takeInteger() -> UInt64? {
        var number: UInt64 = 0
        var digits = 0
        while let byte = first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 17 {
            number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
            digits += 1
            removeFirst()
        }
        return digits > 0 && number <= JSONText.largestExactInteger ? number : nil
    }

    fileprivate mutating func takeString() -> String? {
        guard first == UInt8(ascii: "\"") else { return nil }
        var end = startIndex + 1
        while end < endIndex, self[end] != UInt8(ascii: "\"") {
            end += self[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < endIndex else { return nil }
        let text = JSONText(validated: Array(self[startIndex...end])).string
        self = self[(end + 1)...]
        return text
    }
}
