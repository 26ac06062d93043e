/// What the processors do, from `/proc/stat` and `/proc/loadavg` (`proc(5)`).
struct ProcessorReading: Equatable {
    /// The columns of `/proc/stat`; guests are counted in `user` and `nice` already.
    private static let modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]

    /// How long all processors together have been in each mode since the boot, in ticks.
    let ticks: [UInt64]

    /// How many processors there are.
    let count: Int

    init?(_ files: SystemFiles) {
        guard let lines = files.text("/proc/stat")?.split(separator: "\n") else { return nil }
        guard let words = lines.first(where: { $0.hasPrefix("cpu ") })?.split(separator: " ") else { return nil }
        let numbers = words.dropFirst().prefix(Self.modes.count).compactMap { UInt64($0) }
        // Kernels before 2.6.11 have fewer.
        ticks = numbers + [UInt64](repeating: 0, count: Self.modes.count - numbers.count)
        count = lines.count { $0.hasPrefix("cpu") && !$0.hasPrefix("cpu ") }
    }

    /// - Parameter before: an earlier reading; nil when there is none, and then the shares are not known.
    func members(since before: ProcessorReading?) -> Members {
        var members = Members()
        members.add("count", count)
        guard let before else { return members }
        // `iowait` goes back at times.
        let spent = zip(before.ticks, ticks).map { increase(from: $0, to: $1) }
        let total = Double(spent.reduce(0, +))
        guard total > 0 else { return members }
        let shares = spent.map { 100 * Double($0) / total }
        members.add("used_percent", 100 - shares[3] - shares[4])
        for (mode, share) in zip(Self.modes, shares) { members.add("\(mode)_percent", share) }
        return members
    }

    /// The load averages, and how many tasks run and are there.
    static func load(_ files: SystemFiles) -> Members {
        var members = Members()
        guard let words = files.line("/proc/loadavg")?.split(separator: " "), words.count >= 4 else { return members }
        for (name, word) in zip(["load1", "load5", "load15"], words) { members.add(name, Double(word)) }
        let tasks = words[3].split(separator: "/").map { Int($0) }
        if tasks.count == 2 {
            members.add("running", tasks[0])
            members.add("tasks", tasks[1])
        }
        return members
    }
}
