import TelemetryModel

@testable import TelemetryStore

/// Takes any bytes for a cursor, and cursors for places in a log that they are not of.
///
/// Text is a cursor as a client may send it. Bytes that begin with one above 0x7F are a change to a cursor of the log: which
/// line it stands behind, which of its fields is changed, and by how much.
enum CursorFuzzer {
    static func check(_ input: [UInt8]) -> Int32 {
        if let first = input.first, first > 0x7F {
            checkChanged(Int(first & 0x7F), input.dropFirst())
        } else {
            checkText(input)
        }
        return 0
    }

    /// What is a cursor has one text; what is none is no cursor.
    private static func checkText(_ input: [UInt8]) {
        guard let cursor = LogCursor(text: input.text) else { return }
        guard let again = LogCursor(text: cursor.text) else { fatalError("\(cursor.text) is none: \(input.text)") }
        expect(again == cursor && again.text == cursor.text, "\(again.text) was \(cursor.text): \(input.text)")
        let log = FuzzLog.made
        if cursor.epoch != log.epoch {
            expect(log.read(.cursor(cursor)) == nil, "\(cursor.text) is of another directory")
        }
        checkReading(LogCursor(epoch: log.epoch, site: cursor.site, run: cursor.run))
    }

    private static func checkChanged(_ place: Int, _ change: ArraySlice<UInt8>) {
        let log = FuzzLog.made
        guard place < log.lines.count, let field = change.first else { return }
        var cursor = log.lines[place].place
        // At most 8 bytes, the first one signed.
        let amount = change.dropFirst().prefix(8).reduce(into: Int64(0)) { sum, byte in
            sum = sum == 0 ? Int64(Int8(bitPattern: byte)) : sum &* 256 &+ Int64(byte)
        }
        let other = log.lines[Int(amount.magnitude % UInt64(log.lines.count))].place
        func changed(_ value: UInt64) -> UInt64 { UInt64(clamping: Int64(clamping: value) &+ amount) }
        switch field % 8 {
        case 0: cursor.site.seq = changed(cursor.site.seq)
        case 1: cursor.site.offset &+= amount
        case 2: cursor.run.order = changed(cursor.run.order)
        case 3: cursor.run.seq = changed(cursor.run.seq)
        case 4: cursor.run.offset &+= amount
        case 5: cursor.site = other.site
        case 6: cursor.run = other.run
        default: break
        }
        // As a client can send it.
        guard let cursor = LogCursor(text: cursor.text) else { return }
        checkReading(cursor)
        // The sequence numbers tell the place, the offsets only where to look first.
        guard [1, 4, 7].contains(field % 8) else { return }
        guard let following = log.read(.cursor(cursor)) else {
            expect(field % 8 != 7, "\(cursor.text) is refused")
            return
        }
        expect(following == Array((place + 1)..<log.lines.count), "\(cursor.text) leads to \(following)")
        let preceding = log.read(.cursor(cursor), isBackward: true)
        expect(preceding == (0...place).reversed(), "\(cursor.text) leads back to \(preceding ?? [])")
    }

    /// A place is refused, or what is read from there in either direction are lines of the log, each once, those of a stream
    /// in their order.
    private static func checkReading(_ cursor: LogCursor) {
        let log = FuzzLog.made
        for isBackward in [false, true] {
            guard let found = log.read(.cursor(cursor), isBackward: isBackward) else { continue }
            for stream in [EventStream.site, .run] {
                let places = found.filter { log.lines[$0].stream == stream }
                let ascending = isBackward ? places.reversed() : places
                for (line, next) in zip(ascending, ascending.dropFirst()) {
                    expect(line < next, "\(cursor.text) leads to \(found), backwards: \(isBackward)")
                }
            }
        }
    }
}
