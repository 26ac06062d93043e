internal import TelemetryStore

/// A k-way merge of sorted sequences. Records of the same time come in the order of their sequences.
struct RecordMerge {
    private var sequences: [SpilledRecords] = []

    /// The indices of the sequences that are not at their end, as a binary heap: the next record is that of the top.
    private var heap: [Int] = []

    /// Retained until everything is read: releasing it deletes the file.
    private let file: SpillFile

    init(_ sequences: some Sequence<Range<Int64>>, of file: SpillFile) throws(SystemError) {
        self.file = file
        for range in sequences {
            self.sequences.append(try file.records(of: range))
            heap.append(heap.count)
        }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    var isAtEnd: Bool { heap.isEmpty }

    /// The next record; there must be one.
    var header: SpilledRecord.Header { sequences[heap[0]].header }

    /// Appends the text of the next record, and advances to the one after it.
    mutating func take(into bytes: inout [UInt8]) throws(SystemError) {
        if try !sequences[heap[0]].take(into: &bytes) {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
        }
        siftDown(0)
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if isBefore(heap[child], heap[first]) { first = child }
            }
            if first == parent { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (sequences[left].header.time, left) < (sequences[right].header.time, right)
    }
}
