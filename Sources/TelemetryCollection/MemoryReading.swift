/// Memory and swap, from `/proc/meminfo` (`proc(5)`), in bytes.
struct MemoryReading {
    private var bytes: [Substring: Int] = [:]

    init(_ files: SystemFiles) {
        for line in (files.text("/proc/meminfo") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, let number = Int(words[1]) else { continue }
            bytes[words[0].dropLast()] = words.count > 2 ? number * 1_024 : number
        }
    }

    var memory: Members {
        var members = Members()
        guard let total = bytes["MemTotal"] else { return members }
        members.add("total_bytes", total)
        // Kernels before 3.14 do not tell.
        if let available = bytes["MemAvailable"] {
            members.add("available_bytes", available)
            members.add("used_percent", Self.percent(total - available, of: total))
        }
        members.add("cached_bytes", bytes["Cached"])
        members.add("dirty_bytes", bytes["Dirty"])
        return members
    }

    var swap: Members {
        var members = Members()
        guard let total = bytes["SwapTotal"], let free = bytes["SwapFree"] else { return members }
        members.add("total_bytes", total)
        members.add("used_bytes", total - free)
        // A machine without swap uses none of it.
        members.add("used_percent", total == 0 ? 0 : Self.percent(total - free, of: total))
        return members
    }

    private static func percent(_ part: Int, of whole: Int) -> Double? {
        whole > 0 ? 100 * Double(part) / Double(whole) : nil
    }
}
