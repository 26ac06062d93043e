internal import TelemetryModel

/// Lines on their way to a file, in memory that is used again for the next ones.
///
/// Unlike an array it hands out room that nothing has been written to, so that a line is written once, where it is sent
/// from.
///
/// SAFETY: a `LineBuffer` belongs to the recorder's state and is used under the recorder's lock only. Memory that it
/// hands out is valid until the next call.
final class LineBuffer: @unchecked Sendable {
    /// What is kept for the next lines, in bytes. A longer buffer is given back when it has been written.
    static let keptCapacity = 512 << 10

    private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private(set) var count = 0

    deinit {
        memory.deallocate()
    }

    /// The lines.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]) }

    /// Sees that there is room for so many more bytes.
    func reserve(_ length: Int) {
        if memory.count - count < length { grow(by: length) }
    }

    /// Appends the line of an event.
    @inline(__always)
    func append(_ texts: EventTexts, _ storage: EventStorage) -> EventLine {
        let length = texts.maximumLineLength(storage)
        reserve(length)
        let line = texts.writeLine(storage, to: UnsafeMutableBufferPointer(rebasing: memory[count..<count + length]))
        count += line.memory.count
        return line
    }

    func removeAll() {
        count = 0
        if memory.count <= Self.keptCapacity { return }
        memory.deallocate()
        memory = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    private func grow(by length: Int) {
        let longer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(count + length, 2 * memory.count, 4_096))
        _ = longer.update(fromContentsOf: memory[..<count])
        memory.deallocate()
        memory = longer
    }
}
