internal import Glibc

/// What the process takes of the machine, from `/proc` (proc(5)) and getrusage(2).
struct ProcessReading {
    /// In nanoseconds.
    let cpuTime: Int

    /// In bytes; nil where `/proc` does not tell.
    let residentMemory: Int?
    let virtualMemory: Int?

    /// How many descriptors are open, and how many may be.
    let descriptors: Int?
    let maximumDescriptors: Int?

    init() {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        cpuTime = Self.nanoseconds(usage.ru_utime) + Self.nanoseconds(usage.ru_stime)
        let pages = Self.numbers(inFile: "/proc/self/statm").map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
        virtualMemory = pages.first
        residentMemory = pages.dropFirst().first
        descriptors = Self.openDescriptors
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        maximumDescriptors = isKnown ? Int(exactly: limit.rlim_cur) : nil
    }

    private static func nanoseconds(_ time: timeval) -> Int {
        time.tv_sec * 1_000_000_000 + Int(time.tv_usec) * 1_000
    }

    /// The numbers of a short file, up to what is none.
    private static func numbers(inFile path: String) -> [Int] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        let text = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            String(decoding: buffer.prefix(max(0, read(file, buffer.baseAddress, buffer.count))), as: UTF8.self)
        }
        return text.split(whereSeparator: \.isWhitespace).map { Int($0) }.prefix { $0 != nil }.compactMap(\.self)
    }

    private static var openDescriptors: Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        // One of them is this directory.
        return max(0, count - 1)
    }
}
