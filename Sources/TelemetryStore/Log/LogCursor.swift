internal import TelemetryModel

/// A place in the log, between two lines: everything before it has been read, and nothing after it.
///
/// **Text form.** `1.EPOCH.DAY.SEQ.OFFSET.ORDER.SEQ.OFFSET`; all fields but the epoch are decimal.
///
/// | field | meaning |
/// |---|---|
/// | `1` | version of the format |
/// | `EPOCH` | the ``LogEpoch`` of the site directory, 16 hexadecimal digits |
/// | `DAY` | day key of the site stream's file, such as 20260520; 0 before the first file |
/// | `SEQ` | sequence number of the last site line before the place |
/// | `OFFSET` | where that line ends in its file, in bytes |
/// | `ORDER` | ``Run/Origin/order`` of the run; the place is after all runs of a lower order |
/// | `SEQ`, `OFFSET` | the same for the run's file |
///
/// The sequence number is what counts. The offset is where to look first, since a repair may have moved the lines.
/// Clients keep the text and do not interpret it.
package struct LogCursor: Sendable, Hashable {
    struct SitePlace: Sendable, Hashable {
        /// The file's name; empty before the first.
        var file = ""
        var seq: UInt64 = 0
        var offset: Int64 = 0
    }

    struct RunPlace: Sendable, Hashable {
        var order: UInt64 = 0
        var seq: UInt64 = 0
        var offset: Int64 = 0
    }

    private static let version = "1"

    package let epoch: LogEpoch
    var site = SitePlace()
    var run = RunPlace()

    init(epoch: LogEpoch, site: SitePlace = SitePlace(), run: RunPlace = RunPlace()) {
        self.epoch = epoch
        self.site = site
        self.run = run
    }

    /// - Returns: nil when the text is not a cursor, or has another version.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 8, parts[0] == Self.version, let epoch = LogEpoch(text: parts[1]) else { return nil }
        let numbers = parts[3...].compactMap { Self.number($0) }
        guard numbers.count == 5, numbers.allSatisfy({ $0 <= UInt64(Int64.max) }) else { return nil }
        self.epoch = epoch
        if parts[2] != "0" {
            guard let day = SiteDay(key: parts[2]) else { return nil }
            site.file = SiteStream.name(of: day)
        }
        (site.seq, site.offset) = (numbers[0], Int64(numbers[1]))
        run = RunPlace(order: numbers[2], seq: numbers[3], offset: Int64(numbers[4]))
        if site.file.isEmpty, site.offset != 0 { return nil }
    }

    package var text: String {
        let day = SiteStream.day(ofName: site.file)?.key ?? "0"
        return "\(Self.version).\(epoch.text).\(day).\(site.seq).\(site.offset).\(run.order).\(run.seq).\(run.offset)"
    }

    private static func number(_ digits: some StringProtocol) -> UInt64? {
        digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt64(digits) : nil
    }
}

extension LogCursor: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let cursor = LogCursor(text: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "Not a cursor of this log's format")
        }
        self = cursor
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
