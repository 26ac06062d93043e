internal import Glibc

/// The code of this process: of the program and of the libraries that were loaded with it.
package enum LoadedCode {
    /// Unmaps the code that ran until now.
    ///
    /// Much of what runs when a process starts never runs again: relocation, parsing of arguments, recovery. What is needed
    /// is mapped again when it is, from the page cache, at the cost of a page fault for each 64 kB. The rest does not count
    /// as resident any more, and is the first that a kernel without memory gives up.
    ///
    /// Code is not writable, so nothing is lost but a debugger's breakpoints: set them later. Where there is no `/proc`,
    /// nothing happens.
    package static func unmap() {
        for code in mapped {
            // SAFETY: the file has all that is dropped. If it fails, everything stays as it is.
            madvise(UnsafeMutableRawPointer(bitPattern: code.lowerBound), code.count, MADV_DONTNEED)
        }
    }

    /// Where code is mapped from files.
    ///
    /// A line of `/proc/self/maps` is `7f31c6a00000-7f31c6b55000 r-xp 00026000 08:01 131 /usr/lib/…/libc.so.6`.
    private static var mapped: [Range<UInt>] {
        guard let maps = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(maps) }
        var ranges: [Range<UInt>] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let text = line.map({ String(cString: $0) }) {
            let words = text.split(separator: " ")
            guard words.count >= 6, words[1] == "r-xp", words[5].first == "/" else { continue }
            let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if bounds.count == 2 { ranges.append(bounds[0]..<bounds[1]) }
        }
        return ranges
    }
}
