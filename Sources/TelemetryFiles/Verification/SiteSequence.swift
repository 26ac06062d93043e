internal import TelemetryModel
internal import TelemetryStore

/// Finds sequence numbers that more than one file of a site directory holds.
///
/// A server counts the lines of the site stream through all files, and gives no number twice. The numbers rise within a
/// file, but not from day to day: when the clock or the time zone is wrong for a while, or is set right, the server goes
/// on in the file of a day that was before, or has not come yet. Lines that a migration wrote are not of this count:
/// theirs begins with 1 in each file.
///
/// **Algorithm.** Most files have numbers of their own range, and are not read again. Those whose ranges overlap are
/// merged by number, and two equal ones follow each other then. A file is open as long as the merge is in its range.
struct SiteSequence {
    /// Files that are read at the same time are many only where clocks went wild; so much memory is for each, in bytes.
    private static let pieceLength = 1 << 16

    let fileSystem: any FileSystem
    let progress: any ProgressObserver

    /// Adds a fault to each line whose number a file of an earlier day, or a line before, has as well.
    ///
    /// - Parameter reports: what was found in the files of one directory, in the order of their days.
    func check(_ reports: inout [FileReport]) throws(SystemError) {
        for group in overlapping(reports) {
            for index in group { progress.expect(bytes: reports[index].bytes) }
            try merge(group, &reports)
            for index in group { reports[index].sortDamage() }
        }
    }

    /// The files whose ranges overlap, as groups of indices in the order of their first numbers.
    private func overlapping(_ reports: [FileReport]) -> [[Int]] {
        let ranges = reports.indices.compactMap { index in reports[index].siteSeqs.map { (index: index, seqs: $0) } }
        var groups: [[Int]] = []
        var last: UInt64 = 0
        for (index, seqs) in ranges.sorted(by: { ($0.seqs.lowerBound, $0.index) < ($1.seqs.lowerBound, $1.index) }) {
            if seqs.lowerBound > last || groups.isEmpty { groups.append([]) }
            groups[groups.count - 1].append(index)
            last = max(last, seqs.upperBound)
        }
        return groups.filter { $0.count > 1 }
    }

    /// - Parameter group: the files, in the order of their first numbers.
    private func merge(_ group: [Int], _ reports: inout [FileReport]) throws(SystemError) {
        var pending = group[...]
        var open: [Numbers] = []
        defer { for numbers in open { fileSystem.close(numbers.file) } }
        var last: (seq: UInt64, index: Int)?
        while true {
            // All files that may hold the next number are open.
            while let index = pending.first, let seqs = reports[index].siteSeqs,
                open.allSatisfy({ seqs.lowerBound <= $0.head.seq })
            {
                pending.removeFirst()
                if let numbers = try numbers(of: reports[index], index) { open.append(numbers) }
            }
            guard let next = open.indices.min(by: { open[$0].key < open[$1].key }) else { return }
            let (index, head) = (open[next].index, open[next].head)
            if let last, last.seq == head.seq {
                reports[index].add(
                    .seqRepeated(head.seq, in: Path.name(of: reports[last.index].path)), line: head.line,
                    offset: head.offset)
            } else {
                last = (head.seq, index)
            }
            if try !open[next].advance() { fileSystem.close(open.remove(at: next).file) }
        }
    }

    private func numbers(of report: FileReport, _ index: Int) throws(SystemError) -> Numbers? {
        let file = try fileSystem.openForReading(report.path)
        let lines = LineScanner(
            file, of: fileSystem, end: report.bytes, progress: progress, pieceLength: Self.pieceLength)
        do throws(SystemError) {
            if let numbers = try Numbers(index, file, lines) { return numbers }
        } catch {
            fileSystem.close(file)
            throw error
        }
        fileSystem.close(file)
        return nil
    }
}

/// The numbers of one file, each higher than the one before. Lines of which a report tells that they are not are left out.
private struct Numbers {
    struct Head {
        let seq: UInt64

        /// Counted from 1.
        let line: UInt64

        /// In bytes.
        let offset: Int64
    }

    /// The place of the file's report.
    let index: Int
    let file: FileDescriptor
    private(set) var head = Head(seq: 0, line: 0, offset: 0)
    private var lines: LineScanner
    private let envelope = EnvelopeCheck()

    var key: (UInt64, Int) { (head.seq, index) }

    /// Nil for a file without numbers.
    init?(_ index: Int, _ file: FileDescriptor, _ lines: LineScanner) throws(SystemError) {
        self.index = index
        self.file = file
        self.lines = lines
        guard try advance() else { return nil }
    }

    /// Goes to the next number; false at the end.
    mutating func advance() throws(SystemError) -> Bool {
        while let line = try lines.next() {
            guard let event = try? envelope.event(of: line), event.storage.stream == .site, !event.event.isMigrated,
                event.event.seq > head.seq || head.line == 0
            else { continue }
            head = Head(seq: event.event.seq, line: line.number, offset: line.range.lowerBound)
            return true
        }
        return false
    }
}
