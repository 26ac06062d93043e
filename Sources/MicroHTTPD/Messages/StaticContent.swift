/// A document that stays as it is for as long as the server runs, and is sent from one place in memory to all.
///
/// It answers `If-None-Match` with 304, and sends the compressed form, if it has one, to those who prefer that.
package final class StaticContent: Sendable {
    /// One form of the document, as it is sent, and the response to those who have it already.
    private struct Form: Sendable {
        let tag: EntityTag
        let response: HTTPResponse
        let notModified: HTTPResponse

        init(_ bytes: [UInt8], mediaType: String, coding: String?, cacheControl: String, hasOtherForm: Bool) {
            // The bytes of a form tell it from the other one, as a strong tag has to.
            tag = EntityTag(of: bytes)
            var validators = [
                HTTPResponse.Field("ETag", "\(tag)"), HTTPResponse.Field("Cache-Control", cacheControl),
            ]
            if hasOtherForm { validators.append(HTTPResponse.Field("Vary", "Accept-Encoding")) }
            var fields = [HTTPResponse.Field("Content-Type", mediaType)]
            if let coding { fields.append(HTTPResponse.Field("Content-Encoding", coding)) }
            let body = HTTPResponse.SharedBytes(copying: bytes)
            response = HTTPResponse(fields: fields + validators, sharing: body)
            // As to a HEAD, libmicrohttpd sends the length of the body and not the body.
            notModified = HTTPResponse(status: .notModified, fields: validators, sharing: body)
        }
    }

    private let plain: Form
    private let compressed: Form?

    /// - Parameters:
    ///   - mediaType: the `Content-Type`.
    ///   - gzip: `bytes` in gzip's format (RFC 1952); nil to send them as they are.
    ///   - cacheControl: `no-cache` lets a client keep the document if it asks each time whether it is still the same.
    package init(
        _ bytes: [UInt8], mediaType: String, gzip: [UInt8]? = nil, cacheControl: String = "no-cache"
    ) {
        plain = Form(
            bytes, mediaType: mediaType, coding: nil, cacheControl: cacheControl, hasOtherForm: gzip != nil)
        compressed = gzip.map {
            Form($0, mediaType: mediaType, coding: "gzip", cacheControl: cacheControl, hasOtherForm: true)
        }
    }

    /// The response to a `GET` or a `HEAD`.
    package func response(to headers: HTTPFields) -> HTTPResponse {
        var form = plain
        if let compressed, AcceptEncodingHeader(headers.joined("Accept-Encoding")).prefersGzip { form = compressed }
        return form.tag.isListed(in: headers.joined("If-None-Match")) ? form.notModified : form.response
    }
}
