/// A response: status, header fields, and the body or who produces it.
package struct HTTPResponse: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        /// NUL-terminated, as C takes them, so a field that many responses share is converted once.
        let characters: (name: [CChar], value: [CChar])

        package init(_ name: String, _ value: String) {
            characters = (Array(name.utf8CString), Array(value.utf8CString))
        }

        package var name: String { Self.text(characters.name) }
        package var value: String { Self.text(characters.value) }

        private static func text(_ characters: [CChar]) -> String {
            String(decoding: characters.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        package static func == (left: Field, right: Field) -> Bool { left.characters == right.characters }
    }

    /// Bytes that are sent from where they are, so many responses can share them.
    // SAFETY: nobody changes the bytes, and they live for as long as their owner.
    package final class SharedBytes: @unchecked Sendable {
        private enum Owner: Sendable {
            case object(any AnyObject & Sendable)
            case this
        }

        let bytes: UnsafeRawBufferPointer
        private let owner: Owner

        /// - Parameter owner: keeps the bytes in place and unchanged for as long as it lives.
        package init(_ bytes: UnsafeRawBufferPointer, ownedBy owner: any AnyObject & Sendable) {
            self.bytes = bytes
            self.owner = .object(owner)
        }

        /// Copies bytes into memory that this object owns.
        package init(copying bytes: [UInt8]) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            memory.copyBytes(from: bytes)
            self.bytes = UnsafeRawBufferPointer(memory)
            owner = .this
        }

        deinit {
            if case .this = owner { bytes.deallocate() }
        }
    }

    package let status: HTTPStatus

    /// The header fields, except those that libmicrohttpd writes itself: `Content-Length`, `Date`, `Connection`.
    package var fields: [Field]

    /// Where the body comes from.
    enum Content: Sendable {
        case bytes([UInt8])
        case shared(SharedBytes)
        case produced(BodyPipe)
    }

    let content: Content

    /// Whether it lasts for as long as its client likes. The connection then counts for no limit of ``ConnectionGate``
    /// meanwhile: who sends such responses limits their number (``ConnectionLimits/lasting``).
    let isLasting: Bool

    /// The body, if it is produced.
    var produced: BodyPipe? { if case .produced(let pipe) = content { pipe } else { nil } }

    package init(status: HTTPStatus = .ok, fields: [Field] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        content = .bytes(body)
        isLasting = false
    }

    /// A response whose body is not copied.
    package init(status: HTTPStatus = .ok, fields: [Field] = [], sharing body: SharedBytes) {
        self.status = status
        self.fields = fields
        content = .shared(body)
        isLasting = false
    }

    /// A response whose body is produced while it is sent, by whoever has the writer.
    ///
    /// - Parameter isLasting: whether it lasts for as long as its client likes.
    package init(
        status: HTTPStatus = .ok, fields: [Field] = [], produced body: HTTPBodyWriter, isLasting: Bool = false
    ) {
        self.status = status
        self.fields = fields
        content = .produced(body.pipe)
        self.isLasting = isLasting
    }

    /// The whole body; of a produced one what waits to be sent.
    package var body: [UInt8] {
        switch content {
        case .bytes(let bytes): bytes
        case .shared(let shared): withExtendedLifetime(shared) { Array(shared.bytes) }
        case .produced(let pipe): pipe.content
        }
    }

    package static func == (left: HTTPResponse, right: HTTPResponse) -> Bool {
        left.status == right.status && left.fields == right.fields && left.produced === right.produced
            && left.body == right.body
    }
}
