internal import TelemetryModel

/// Lines on their way to a file, in memory that is reused for the next ones.
///
/// Unlike an array it hands out uninitialized room, so a line is written once, where `write(2)` takes it from.
///
/// SAFETY: a `LineBuffer` is owned by the `EventGroup` of the recorder's state and used under the recorder's lock only,
/// so one thread at a time has it. `bytes`, and the memory of an `EventLine`, are valid until the next call of a method
/// that changes the buffer; both are used up before it.
final class LineBuffer: @unchecked Sendable {
    /// The capacity that is kept for the next lines, in bytes. A longer buffer is freed once it has been written.
    static let keptCapacity = 512 << 10

    private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private(set) var count = 0

    deinit {
        memory.deallocate()
    }

    /// The lines.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]) }

    /// Makes room for `length` more bytes.
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
