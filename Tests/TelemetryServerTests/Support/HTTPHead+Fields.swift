import MicroHTTPD

extension HTTPHead {
    /// Calls `body` with the head of a request that has these header fields, which lasts for the call.
    static func with<Result>(
        target: String = "/run/stop", version: String = "HTTP/1.1", _ list: [(name: String, value: String)],
        _ body: (HTTPHead) throws(HTTPError) -> Result
    ) throws(HTTPError) -> Result {
        var bytes: [UInt8] = []
        for (name, value) in list {
            bytes += name.utf8
            bytes += value.utf8
        }
        bytes += [0] + target.utf8 + [0] + version.utf8 + [0]
        return try bytes.span.withUnsafeBytes { memory throws(HTTPError) in
            var rest = memory[...]
            func take(_ length: Int) -> UnsafeRawBufferPointer {
                defer { rest = rest.dropFirst(length) }
                return UnsafeRawBufferPointer(rebasing: rest.prefix(length))
            }
            var fields = HTTPKnownFields()
            for (name, value) in list { fields.note(take(name.utf8.count), take(value.utf8.count)) }
            _ = take(1)
            let target = take(target.utf8.count + 1).assumingMemoryBound(to: CChar.self)
            let version = take(version.utf8.count + 1).assumingMemoryBound(to: CChar.self)
            guard let target = target.baseAddress, let version = version.baseAddress else {
                throw .malformed("no memory")
            }
            return try body(
                HTTPHead(
                    method: .post, target: target, version: version, fields: fields, peer: .loopback))
        }
    }
}
