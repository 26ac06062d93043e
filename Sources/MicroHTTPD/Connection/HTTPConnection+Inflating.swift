/// How bodies are received that are sent compressed (`Content-Encoding`, RFC 9110, section 8.4).
extension HTTPConnection {
    /// What unpacks the body that these fields announce; nil when it is sent as it is.
    ///
    /// - Throws: ``HTTPError/unsupportedCoding(_:)`` for other codings than gzip, and for several.
    @inline(never)
    static func inflater(for fields: HTTPKnownFields, _ core: DaemonCore) throws(HTTPError) -> GzipInflater? {
        guard let text = fields.contentEncoding.text else { return nil }
        if fields.contentEncoding.count > 1 { throw .unsupportedCoding(text + ", …") }
        let codings = text.split(outsideQuotesAt: ",").map { $0.trimmed.asciiLowercased }.filter { $0 != "identity" }
        guard let coding = codings.first else { return nil }
        guard codings.count == 1, coding == "gzip" || coding == "x-gzip" else { throw .unsupportedCoding(text) }
        guard let inflater = GzipInflater() else { throw .bodiesTooLarge(limit: core.budget.limit) }
        return inflater
    }

    /// Unpacks a piece of a body. The limits are those of the unpacked body.
    ///
    /// - Returns: why the body is refused; nil when it is taken as far as it has come.
    @inline(never)
    static func inflate(
        _ piece: UnsafeRawBufferPointer, for exchange: HTTPExchange, _ core: DaemonCore
    ) -> HTTPError? {
        guard let inflater = exchange.reception.inflater else { return nil }
        let limit = exchange.reception.limit
        // What unpacks to nothing may not come for ever either.
        if inflater.receivedLength + piece.count > limit { return .contentTooLarge(limit: limit) }
        do throws(HTTPError) {
            try inflater.inflate(piece) { bytes throws(HTTPError) in
                guard exchange.reception.reserve(bytes.count, in: core.budget) else {
                    throw .bodiesTooLarge(limit: core.budget.limit)
                }
                if !exchange.receive(bytes, of: 0, limit: limit) { throw .contentTooLarge(limit: limit) }
            }
            return nil
        } catch {
            return error
        }
    }

    /// Gives back what unpacking took, when all of the body has come.
    ///
    /// - Returns: why the body is refused: it is cut off; nil when it is whole.
    @inline(never)
    static func endInflating(_ exchange: HTTPExchange) -> HTTPError? {
        guard let inflater = exchange.reception.inflater.take() else { return nil }
        return inflater.isAtEnd ? nil : .malformed("The body ends in the middle of its gzip data")
    }
}
