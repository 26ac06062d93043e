internal import TelemetryModel

/// How a reader gives lines that it has in memory, many at a time.
extension LogReader {
    /// Takes lines of stored events that are in memory, and in one file, without making an entry for each. A reader of a
    /// range of times takes none.
    ///
    /// - Parameter body: called for each line with its text, without the newline, and its type, as ``LogEntry`` has them;
    ///   both are valid during the call only. When it returns false no further line is taken.
    package func takeAtHand(
        _ body: (_ text: UnsafeBufferPointer<UInt8>, _ type: UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        if selection.times != nil || !ephemeral.isEmpty { return }
        if case .run(_, let isWanted) = stretch.source, !isWanted { return }
        let bytes = stretch.bytes
        bytes.withUnsafeBufferPointer { bytes in
            var isOpen = true
            while isOpen, let line = stretch.pop() {
                move(to: line)
                let borrowed = line.in(bytes)
                isOpen = body(borrowed.text, borrowed.type)
            }
        }
    }

    /// Takes sound lines of stored events together that are in memory, and in one file, as they stand there. A reader of a range of
    /// times takes none.
    ///
    /// - Parameters:
    ///   - buffer: gets the lines, each with its newline.
    ///   - length: how many bytes are wanted; the last line may go beyond it.
    ///   - limit: how many lines are wanted.
    /// - Returns: how many lines were taken.
    package func takeSound(to buffer: inout [UInt8], upTo length: Int, limit: Int) -> Int {
        if selection.times != nil || !ephemeral.isEmpty { return 0 }
        if case .run(_, let isWanted) = stretch.source, !isWanted { return 0 }
        guard let taken = stretch.takeSound(upTo: length, limit: limit) else { return 0 }
        stretch.bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0[taken.range]) }
        move(to: taken.last)
        return taken.count
    }
}
