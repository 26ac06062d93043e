internal import CMicroHTTPD

/// The target of a request line (RFC 9112, section 3.2).
enum RequestTarget {
    typealias Callback =
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer?

    /// The initial state of a request whose target is malformed; it is nil for others. No object has this address.
    static var malformed: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

    /// Checks the raw target for blanks and control characters. libmicrohttpd passes it unchanged to this callback only.
    static let check: Callback = { _, target, _ in
        guard var next = target else { return malformed }
        while next.pointee != 0 {
            if UInt8(bitPattern: next.pointee) <= 0x20 || next.pointee == 0x7F { return malformed }
            next += 1
        }
        return nil
    }

    /// Splits a target into its authority, if it is an absolute URL, and its path.
    ///
    /// - Returns: nil when the target is neither a path nor an absolute `http` or `https` URL.
    static func split(_ target: String) -> (authority: String?, path: String)? {
        if target.utf8.first == UInt8(ascii: "/") || target == "*" { return (nil, target) }
        guard let scheme = String(target.prefix(8)).asciiLowercased.prefixOfHTTP else { return nil }
        // By bytes: to a String, a slash and a combining mark after it are one Character.
        let rest = target.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        let path = rest.dropFirst(authority.count)
        return (String(Substring(authority)), path.isEmpty ? "/" : String(Substring(path)))
    }
}

extension String {
    fileprivate var prefixOfHTTP: String? {
        ["http://", "https://"].first { hasPrefix($0) }
    }
}
