/// A server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct LogFrame: Equatable {
    /// Empty for a frame without a name.
    var name = ""
    var id: String?

    /// Nil for a frame without data.
    var data: [UInt8]?

    /// Takes a line of the stream.
    ///
    /// - Returns: whether the frame is complete, and has something to tell.
    mutating func take(_ line: ArraySlice<UInt8>) -> Bool {
        guard !line.isEmpty else {
            if self != LogFrame() { return true }
            return false
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": id = String(decoding: value, as: UTF8.self)
        case "data":
            if data == nil {
                data = Array(value)
            } else {
                data?.append(UInt8(ascii: "\n"))
                data?.append(contentsOf: value)
            }
        default: break  // A comment, or a time to wait: this client has its own.
        }
        return false
    }

    /// In bytes.
    var length: Int { (data?.count ?? 0) + name.utf8.count + (id?.utf8.count ?? 0) }
}
