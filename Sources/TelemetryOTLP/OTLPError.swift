/// Why a request cannot be taken. Nothing of it is recorded then.
package struct OTLPError: Error, Hashable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// It is not what it says to be; to send it again is in vain.
        case malformed

        /// It, or what would be recorded of it, is too large.
        case tooLarge
    }

    package let kind: Kind

    /// What is wrong, and what would be right.
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func malformed(_ description: String) -> OTLPError { OTLPError(.malformed, description) }

    static func tooLarge(_ description: String) -> OTLPError { OTLPError(.tooLarge, description) }
}
