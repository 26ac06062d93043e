internal import TelemetryModel

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

    /// - Parameter earliest: leaves out what happened before.
    init(_ entries: [CurrentView.Entry], since earliest: Timestamp? = nil) {
        var members: [(name: [UInt8], json: [UInt8])] = []
        for entry in entries {
            guard let item = entry.latest, earliest.map({ item.time >= $0 }) ?? true else { continue }
            var name: [UInt8] = members.isEmpty ? [] : [UInt8(ascii: ",")]
            name.append(jsonString: entry.type)
            name.append(UInt8(ascii: ":"))
            members.append((name, item.json))
        }
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
