/// A status code (RFC 9110, section 15).
package struct HTTPStatus: Sendable, Hashable {
    package let code: UInt32

    package init(_ code: UInt32) {
        self.code = code
    }

    package static let ok = HTTPStatus(200)
    package static let notModified = HTTPStatus(304)
    package static let temporaryRedirect = HTTPStatus(307)
    package static let badRequest = HTTPStatus(400)
    package static let unauthorized = HTTPStatus(401)
    package static let forbidden = HTTPStatus(403)
    package static let notFound = HTTPStatus(404)
    package static let methodNotAllowed = HTTPStatus(405)
    package static let notAcceptable = HTTPStatus(406)
    package static let requestTimeout = HTTPStatus(408)
    package static let conflict = HTTPStatus(409)
    package static let gone = HTTPStatus(410)
    package static let contentTooLarge = HTTPStatus(413)
    package static let unsupportedMediaType = HTTPStatus(415)
    package static let unprocessableContent = HTTPStatus(422)
    package static let requestHeaderFieldsTooLarge = HTTPStatus(431)
    package static let serviceUnavailable = HTTPStatus(503)
    package static let httpVersionNotSupported = HTTPStatus(505)
    package static let insufficientStorage = HTTPStatus(507)
}
