/// Small files that are read and written whole.
extension FileSystem {
    /// Reads a file to its end.
    package func contents(of path: String) throws(SystemError) -> [UInt8] {
        let file = try openForReading(path)
        defer { close(file) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try read(&buffer, of: file, at: Int64(contents.count))
            if count == 0 { return contents }
            contents.append(contentsOf: buffer[..<count])
        }
    }

    /// Replaces the file at `path` atomically: after a failure or a power cut it is the old file or the new one. The
    /// new one is on disk when this returns. `<path>.new` is written first.
    package func replace(_ path: String, with contents: [UInt8]) throws(SystemError) {
        let temporary = path + ".new"
        if try status(temporary) != nil { try remove(temporary) }
        let file = try create(temporary)
        do throws(SystemError) {
            defer { close(file) }
            try writeAll(contents, to: file)
            try synchronize(file)
        } catch {
            try? remove(temporary)
            throw error
        }
        try rename(temporary, to: path)
        try synchronizeDirectory(Path.directory(of: path))
    }

    /// A path at which there is nothing yet: `path`, or else `<path>.1` and so on.
    func unusedName(_ path: String) throws(SystemError) -> String {
        var candidate = path
        var number = 1
        while try status(candidate) != nil {
            candidate = "\(path).\(number)"
            number += 1
        }
        return candidate
    }

    /// Writes all bytes, in as many calls as it takes.
    package func writeAll(_ bytes: [UInt8], to file: FileDescriptor) throws(SystemError) {
        try bytes.span.withUnsafeBytes { bytes throws(SystemError) in try writeAll(bytes, to: file) }
    }

    /// Writes all bytes, in as many calls as it takes.
    package func writeAll(_ bytes: UnsafeRawBufferPointer, to file: FileDescriptor) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            written += try write(UnsafeRawBufferPointer(rebasing: bytes[written...]), to: file)
        }
    }

    /// Reads into an array and returns how many bytes were read.
    package func read(_ buffer: inout [UInt8], of file: FileDescriptor, at offset: Int64) throws(SystemError) -> Int {
        var span = buffer.mutableSpan
        return try span.withUnsafeMutableBytes { bytes throws(SystemError) in
            try read(bytes, from: file, at: offset)
        }
    }

    /// Creates a directory, and the missing ones between it and `base`, and syncs the parent of each.
    ///
    /// The parents of existing directories are synced too: an earlier attempt may have ended before its sync. A parent
    /// that existed and may not be read is skipped.
    package func makeDirectories(_ path: String, below base: String) throws(SystemError) {
        var levels: [String] = []
        var level = path
        while Path.isBelow(level, base) {
            levels.append(level)
            level = Path.directory(of: level)
        }
        for level in levels.reversed() {
            let isMade = try makeDirectoryIfMissing(level)
            do throws(SystemError) {
                try synchronizeDirectory(Path.directory(of: level))
            } catch {
                if isMade || !error.isPermissionDenied { throw error }
            }
        }
    }

    /// Creates a directory if it is missing.
    ///
    /// - Returns: whether it was missing.
    private func makeDirectoryIfMissing(_ path: String) throws(SystemError) -> Bool {
        if try status(path) != nil { return false }
        do throws(SystemError) {
            try makeDirectory(path)
        } catch {
            if try status(path) == nil { throw error }
        }
        return true
    }
}
