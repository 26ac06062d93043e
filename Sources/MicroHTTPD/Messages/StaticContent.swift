internal import Synchronization

/// A document that stays as it is for as long as the server runs, and is sent from one place in memory to all.
///
/// It answers `If-None-Match` with 304, and sends the compressed form, if it has one, to those who prefer that. Each form is
/// made when the first client wants it.
package final class StaticContent: Sendable {
    /// One form of the document, as it is sent, and the response to those who have it already.
    private struct Form: Sendable {
        let tag: EntityTag
        let response: HTTPResponse
        let notModified: HTTPResponse

        /// - Parameters:
        ///   - fields: those of both responses.
        ///   - contentFields: those that tell of the body.
        init(_ body: HTTPResponse.SharedBytes, _ fields: [HTTPResponse.Field], contentFields: [HTTPResponse.Field]) {
            // The bytes of a form tell it from the other one, as a strong tag has to.
            tag = EntityTag(of: body.bytes)
            let fields = fields + [HTTPResponse.Field("ETag", "\(tag)")]
            response = HTTPResponse(fields: contentFields + fields, sharing: body)
            // As to a HEAD, libmicrohttpd sends the length of the body and not the body.
            notModified = HTTPResponse(status: .notModified, fields: fields, sharing: body)
        }
    }

    private struct Forms: Sendable {
        var plain: Form?
        var compressed: Form?
    }

    private let body: HTTPResponse.SharedBytes
    private let type: HTTPResponse.Field
    private let isCompressed: Bool

    /// The fields of all responses beside the tag.
    private let fields: [HTTPResponse.Field]

    /// Those that were asked for. The lock is held while one is made.
    private let forms = Mutex(Forms())

    /// - Parameters:
    ///   - mediaType: the `Content-Type`.
    ///   - isCompressed: whether those who prefer it get the document compressed with gzip. Who asks for that first waits until
    ///     it is, some ms for 100 kB, so the route belongs on a worker.
    ///   - cacheControl: `no-cache` lets a client keep the document if it asks each time whether it is still the same.
    ///   - fields: further header fields.
    package init(
        _ body: HTTPResponse.SharedBytes, mediaType: String, isCompressed: Bool = false,
        cacheControl: String = "no-cache", fields: [HTTPResponse.Field] = []
    ) {
        self.body = body
        type = HTTPResponse.Field("Content-Type", mediaType)
        self.isCompressed = isCompressed
        self.fields =
            [HTTPResponse.Field("Cache-Control", cacheControl)]
            + (isCompressed ? [HTTPResponse.Field("Vary", "Accept-Encoding")] : []) + fields
    }

    /// The response to a `GET` or a `HEAD`.
    package func response(to headers: HTTPFields) -> HTTPResponse {
        let prefersGzip = isCompressed && AcceptEncodingHeader(headers.joined("Accept-Encoding")).prefersGzip
        let form = prefersGzip ? compressed : plain
        return form.tag.isListed(in: headers.joined("If-None-Match")) ? form.notModified : form.response
    }

    private var plain: Form {
        forms.withLock { forms in
            if let form = forms.plain { return form }
            let form = Form(body, fields, contentFields: [type])
            forms.plain = form
            return form
        }
    }

    private var compressed: Form {
        let made = forms.withLock { forms -> Form? in
            if let form = forms.compressed { return form }
            guard let gzip = GzipCompressor.compress(body.bytes) else { return nil }
            let form = Form(
                HTTPResponse.SharedBytes(copying: gzip), fields,
                contentFields: [type, HTTPResponse.Field("Content-Encoding", "gzip")])
            forms.compressed = form
            return form
        }
        // Without memory to compress it, it is sent as it is.
        return made ?? plain
    }
}
