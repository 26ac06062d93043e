/// What goes over the network, from `/proc/net/dev` (`proc(5)`) and `/sys/class/net`.
///
/// Of a machine's interfaces those of its hardware are told: all else goes by way of them, and containers come and go with
/// interfaces of random names. A container has none of hardware; there all are told but `lo`.
struct NetworkReading {
    struct Interface {
        let name: String
        let isUp: Bool?
        let received: Counters
        let sent: Counters
    }

    struct Counters {
        let bytes: UInt64
        let errors: UInt64
        let dropped: UInt64
    }

    let interfaces: [Interface]

    init(_ files: SystemFiles) {
        var all: [Interface] = []
        for line in (files.text("/proc/net/dev") ?? "").split(separator: "\n").dropFirst(2) {
            guard let colon = line.lastIndex(of: ":") else { continue }
            let name = String(line[..<colon].drop { $0 == " " })
            // bytes packets errs drop fifo frame compressed multicast, and of what was sent bytes packets errs drop …
            let numbers = line[line.index(after: colon)...].split(separator: " ").map { UInt64($0) ?? 0 }
            guard name != "lo", numbers.count >= 12 else { continue }
            all.append(
                Interface(
                    name: name, isUp: files.line("/sys/class/net/\(name)/operstate").map { $0 == "up" },
                    received: Counters(bytes: numbers[0], errors: numbers[2], dropped: numbers[3]),
                    sent: Counters(bytes: numbers[8], errors: numbers[10], dropped: numbers[11])))
        }
        let hardware = all.filter { files.exists("/sys/class/net/\($0.name)/device") }
        interfaces = (hardware.isEmpty ? all : hardware).sorted { $0.name < $1.name }
    }

    /// - Parameters:
    ///   - before: an earlier reading; nil when there is none, and then only the interfaces are known.
    ///   - seconds: how long ago it was made.
    func members(since before: NetworkReading?, seconds: Double) -> [Members] {
        interfaces.map { interface in
            var members = Members(attributes: [("interface", interface.name)])
            members.add("up", interface.isUp)
            guard let before = before?.interfaces.first(where: { $0.name == interface.name }), seconds > 0 else {
                return members
            }
            for (prefix, from, to) in [
                ("rx", before.received, interface.received), ("tx", before.sent, interface.sent),
            ] {
                members.add(
                    "\(prefix)_bytes_sec", Double(increase(from: from.bytes, to: to.bytes)) / seconds, decimals: 1)
                members.add("\(prefix)_errors", increase(from: from.errors, to: to.errors))
                members.add("\(prefix)_dropped", increase(from: from.dropped, to: to.dropped))
            }
            return members
        }
    }
}
