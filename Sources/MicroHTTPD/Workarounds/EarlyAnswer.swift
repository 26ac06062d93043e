internal import CMicroHTTPD
internal import Glibc

/// An answer in the middle of a body, for which libmicrohttpd has no call, or one for which it has no memory left.
enum EarlyAnswer {
    /// Sends an answer past libmicrohttpd; the connection must be closed after that.
    ///
    /// What does not fit into the socket's buffer is not sent, and over TLS nothing is: the client then sees that the
    /// connection is closed, and no answer.
    ///
    /// - Parameter route: that of the request; nil when it has none.
    static func send(_ response: HTTPResponse, of route: Unmanaged<Route>?, to connection: OpaquePointer) {
        guard cmhd_tls_session(connection) == nil else { return }
        ClientConnection.reference(of: connection)?._withUnsafeGuaranteedRef {
            $0.loop.counters.count(response.status, of: route)
        }
        send(response, to: cmhd_socket(connection))
    }

    static func send(_ response: HTTPResponse, to descriptor: Int32) {
        var bytes = Array("HTTP/1.1 \(response.status.code) \(reason(response.status))\r\n".utf8)
        for field in response.fields { bytes.append(contentsOf: "\(field.name): \(field.value)\r\n".utf8) }
        bytes.append(contentsOf: "Content-Length: \(response.body.count)\r\nConnection: close\r\n\r\n".utf8)
        bytes.append(contentsOf: response.body)
        _ = Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }

    private static func reason(_ status: HTTPStatus) -> String {
        MHD_get_reason_phrase_for(status.code).map { String(cString: $0) } ?? ""
    }
}
