internal import MicroHTTPD

/// The bearer tokens of the clients (RFC 6750), and the scope of each.
///
/// The file has one token a line: `token [read|write|admin]`; the default is `admin`. A scope includes those below it. Blank
/// lines and lines that begin with `#` are ignored.
package struct BearerTokens: Sendable {
    /// What is wrong with a file of tokens.
    package enum Fault: Error, Hashable, CustomStringConvertible {
        case line(Int, String)
        case empty

        package var description: String {
            switch self {
            case .line(let number, let reason): "line \(number): \(reason)"
            case .empty: "there is no token in it. Make one: openssl rand -hex 32"
            }
        }
    }

    private enum Scope: Int, Sendable {
        case read, write, admin

        init?(_ name: some StringProtocol) {
            switch name {
            case "read": self = .read
            case "write": self = .write
            case "admin": self = .admin
            default: return nil
            }
        }
    }

    private struct Token: Sendable {
        let bytes: [UInt8]
        let scope: Scope
    }

    private static let minimumLength = 16
    private let tokens: [Token]

    package init(_ text: [UInt8]) throws(Fault) {
        var tokens: [Token] = []
        let lines = String(decoding: text, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let word = words.first, word.utf8.first != UInt8(ascii: "#") else { continue }
            let bytes = Array(word.utf8)
            guard bytes.allSatisfy(Self.isTokenCharacter) else {
                throw .line(index + 1, "a token has letters, digits and -._~+/= only")
            }
            guard bytes.count >= Self.minimumLength else {
                throw .line(
                    index + 1, "a token has at least \(Self.minimumLength) characters. Make one: openssl rand -hex 32")
            }
            guard words.count < 3, let scope = words.count == 1 ? .admin : Scope(words[1]) else {
                throw .line(index + 1, "after the token stands read, write or admin, or nothing, which means admin")
            }
            if tokens.contains(where: { $0.bytes == bytes }) { throw .line(index + 1, "the token is there already") }
            tokens.append(Token(bytes: bytes, scope: scope))
        }
        if tokens.isEmpty { throw .empty }
        self.tokens = tokens
    }

    /// Checks the token of a request.
    ///
    /// - Throws: ``HTTPError/unauthorized(_:)`` without a known token, ``HTTPError/forbidden(_:)`` when it does not allow so
    ///   much.
    func check(_ authorization: HTTPKnownFields.Field, for access: Route.Access) throws(HTTPError) {
        if access == .open || access == .page { return }
        if access == .optional, authorization.count == 0 { return }
        if authorization.count > 1 { throw .malformed("The request has more than one Authorization") }
        try check(authorization.value, for: access)
    }

    /// - Parameter authorization: the value of the field; nil when there is none.
    private func check(_ authorization: UnsafeRawBufferPointer?, for access: Route.Access) throws(HTTPError) {
        let needed: Scope
        switch access {
        case .open, .page: return
        // Any known token will do, and each allows to read.
        case .optional, .read: needed = .read
        case .write: needed = .write
        case .admin: needed = .admin
        }
        guard let token = authorization.flatMap(Self.token) else {
            throw .unauthorized("The request needs a header 'Authorization: Bearer TOKEN'")
        }
        guard let scope = scope(of: token) else { throw .unauthorized("The token is not known") }
        if scope.rawValue < needed.rawValue { throw .forbidden("The token allows '\(scope)'; this needs '\(needed)'") }
    }

    /// Whether a token allows something.
    ///
    /// - Parameter authorization: the value of an `Authorization` field.
    func allows(_ authorization: String, _ access: Route.Access) -> Bool {
        Array(authorization.utf8).withUnsafeBytes { value in
            do throws(HTTPError) {
                try check(value, for: access)
                return true
            } catch {
                return false
            }
        }
    }

    /// The scope of a token; nil when it is unknown. The time it takes depends on the length of the text only.
    private func scope(of given: UnsafeRawBufferPointer) -> Scope? {
        var found: Scope?
        for token in tokens {
            var difference = token.bytes.count == given.count ? UInt8(0) : 1
            for (index, byte) in token.bytes.enumerated() {
                difference |= byte ^ (index < given.count ? given[index] : 0)
            }
            if difference == 0 { found = token.scope }
        }
        return found
    }

    /// The token in the value of an `Authorization` field; nil when the scheme is not `Bearer`.
    private static func token(of value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let scheme = "bearer ".utf8
        guard value.count > scheme.count, zip(value, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        let rest = value.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") }
        return rest.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: rest)
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
