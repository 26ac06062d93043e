internal import Synchronization

/// How much memory the bodies of all requests in flight may take together. One budget serves all daemons of a server.
///
/// The length that a request announces is reserved before its body is read, and released when the request is over. A body in
/// chunks, whose length is not announced, reserves as it grows.
///
/// Short bodies may take an eighth more than long ones: a few clients that announce long bodies, and send them slowly, would
/// otherwise keep all others out.
package final class BodyBudget: Sendable {
    /// The longest body that counts as short, in bytes.
    static let shortLength = 64 << 10

    /// What long bodies may take together, in bytes.
    package let limit: Int

    private let reserved = Atomic(0)

    package init(limit: Int = 256 << 20) {
        self.limit = limit
    }

    /// How much is reserved, in bytes.
    package var inUse: Int { reserved.load(ordering: .relaxed) }

    /// Reserves memory for a body, or for more of one.
    ///
    /// - Parameters:
    ///   - length: how much, in bytes; given back with ``release(_:)``.
    ///   - total: the length of the whole body as far as it is known, in bytes.
    /// - Returns: false, and reserves nothing, when there is not so much left.
    @inline(__always)
    func reserve(_ length: Int, of total: Int) -> Bool {
        let sum = reserved.add(length, ordering: .relaxed).newValue
        return sum <= limit || hasRoom(length, of: total, sum)
    }

    /// Whether a body may go beyond the limit; its reservation is undone if not.
    @inline(never)
    private func hasRoom(_ length: Int, of total: Int, _ sum: Int) -> Bool {
        if total <= Self.shortLength, sum <= limit + limit / 8 { return true }
        release(length)
        return false
    }

    @inline(__always)
    func release(_ length: Int) {
        reserved.subtract(length, ordering: .relaxed)
    }
}
