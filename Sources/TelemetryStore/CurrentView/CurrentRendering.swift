package import TelemetryModel

/// The latest events as one JSON text, which all that ask for it share until the next change.
///
/// Its memory has a fixed address, unlike that of an array, so libmicrohttpd can send from it however slowly a client
/// reads.
///
/// SAFETY: the memory is written by the initializer only, and freed by `deinit`. Whoever passes `bytes` on keeps this
/// object alive for as long as they are used (`HTTPResponse.SharedBytes`).
package final class CurrentRendering: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer

    /// The text, for as long as this object lives.
    package let bytes: UnsafeRawBufferPointer

    /// What was left out because it is ahead of the clock.
    package let ahead: [(type: String, time: Timestamp)]

    /// - Parameter freshness: leaves out what is not fresh.
    init(_ entries: [CurrentView.Entry], _ freshness: Freshness? = nil) {
        var members: [(name: [UInt8], json: [UInt8])] = []
        var ahead: [(type: String, time: Timestamp)] = []
        for entry in entries {
            guard let item = entry.latest else { continue }
            guard freshness?.includes(item.time) ?? true else {
                if freshness?.isAhead(item.time) == true { ahead.append((entry.type, item.time)) }
                continue
            }
            var name: [UInt8] = members.isEmpty ? [] : [UInt8(ascii: ",")]
            name.append(jsonString: entry.type)
            name.append(UInt8(ascii: ":"))
            members.append((name, item.json))
        }
        self.ahead = ahead
        var start: [UInt8] = []
        start.append(ascii: "{\"current\":{")
        var end: [UInt8] = []
        end.append(ascii: "}}")

        let length = members.reduce(start.count + end.count) { $0 + $1.name.count + $1.json.count }
        memory = .allocate(byteCount: length, alignment: 1)
        bytes = UnsafeRawBufferPointer(memory)
        var rest = memory[...]
        func write(_ bytes: [UInt8]) {
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: rest.prefix($0.count)).copyMemory(from: $0)
            }
            rest = rest.dropFirst(bytes.count)
        }
        write(start)
        for member in members {
            write(member.name)
            write(member.json)
        }
        write(end)
    }

    deinit {
        memory.deallocate()
    }
}
