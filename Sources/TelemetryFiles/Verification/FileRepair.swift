internal import TelemetryStore

/// Moves the unreadable lines of one file to a ``Sidecar``, and keeps all others byte for byte.
///
/// The readable lines are copied to `<file>.new`, the others to the sidecar. Both are synced before the new file is
/// renamed over the old one, so after a power cut the damaged lines are in the file, in the sidecar, or in both.
struct FileRepair {
    private static let pieceLength: Int64 = 1 << 20

    let fileSystem: any FileSystem
    let progress: any ProgressObserver
    private let envelope = EnvelopeCheck()

    init(fileSystem: any FileSystem, progress: any ProgressObserver) {
        self.fileSystem = fileSystem
        self.progress = progress
    }

    /// Repairs a file that holds unreadable lines.
    ///
    /// - Parameter length: the length of the file when it was verified.
    /// - Parameter beforeReplacing: called when the new files are synced, before the old one is replaced.
    /// - Returns: what was moved; nil if the file has changed since, and was left as it is.
    func repair(
        _ path: String, length: Int64, beforeReplacing: () throws(SystemError) -> Void
    ) throws(SystemError) -> FileReport.Moved? {
        let file = try fileSystem.openForReading(path)
        defer { fileSystem.close(file) }
        let status = try fileSystem.status(of: file)
        guard status.size == length else { return nil }
        let sidecar = try Sidecar(beside: path, file, fileSystem)
        defer { sidecar.close() }
        let moved: FileReport.Moved?
        do throws(SystemError) {
            moved = try replace(path, file, status, sidecar, beforeReplacing)
        } catch {
            sidecar.discard()
            throw error
        }
        if moved == nil {
            sidecar.discard()
        } else {
            try fileSystem.synchronizeDirectory(Path.directory(of: path))
        }
        return moved
    }

    private func replace(
        _ path: String, _ file: FileDescriptor, _ status: FileStatus, _ sidecar: Sidecar,
        _ beforeReplacing: () throws(SystemError) -> Void
    ) throws(SystemError) -> FileReport.Moved? {
        let replacement = try FileReplacement(of: path, file, fileSystem)
        defer { replacement.close() }
        do throws(SystemError) {
            let moved = try sort(file, length: status.size, into: replacement, or: sidecar)
            try sidecar.finish()
            try replacement.finish()
            if try fileSystem.status(path) == status {
                try beforeReplacing()
                try replacement.takePlace()
                return moved
            }
        } catch {
            replacement.discard()
            throw error
        }
        replacement.discard()
        return nil
    }

    /// Copies the lines that are events to the replacement, and the others to the sidecar.
    private func sort(
        _ file: FileDescriptor, length: Int64, into replacement: FileReplacement, or sidecar: Sidecar
    ) throws(SystemError) -> FileReport.Moved {
        var lines = LineScanner(file, of: fileSystem, end: length, progress: progress)
        var movedLines: UInt64 = 0
        var movedBytes: Int64 = 0
        // Neighbouring lines with the same destination are copied together.
        var pending: Range<Int64> = 0..<0
        var isPendingMoved = false
        while let line = try lines.next() {
            let isMoved = !isEvent(line)
            if isMoved {
                movedLines += 1
                movedBytes += Int64(line.range.count)
            }
            if isMoved != isPendingMoved || Int64(pending.count) >= Self.pieceLength {
                try copy(pending, of: file, isPendingMoved ? sidecar.write : replacement.write)
                pending = line.range
                isPendingMoved = isMoved
            } else {
                pending = pending.lowerBound..<line.range.upperBound
            }
        }
        try copy(pending, of: file, isPendingMoved ? sidecar.write : replacement.write)
        return FileReport.Moved(lines: movedLines, bytes: movedBytes, sidecar: sidecar.path)
    }

    private func isEvent(_ line: LineScanner.Line) -> Bool {
        (try? envelope.event(of: line)) != nil
    }

    private func copy(
        _ range: Range<Int64>, of file: FileDescriptor, _ write: ([UInt8]) throws(SystemError) -> Void
    ) throws(SystemError) {
        let reader = LineReader(file: file, fileSystem: fileSystem)
        var position = range.lowerBound
        while position < range.upperBound {
            let piece = try reader.bytes(from: position, to: min(range.upperBound, position + Self.pieceLength))
            if piece.isEmpty { break }
            try write(piece)
            position += Int64(piece.count)
        }
    }
}
