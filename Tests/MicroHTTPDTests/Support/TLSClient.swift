import CMicroHTTPD
import Glibc
import TestSupport
import Testing

@testable import MicroHTTPD

/// A client that speaks TLS and takes any certificate.
final class TLSClient {
    private let client: RawClient
    private var session: gnutls_session_t?
    private var credentials: gnutls_certificate_credentials_t?

    init(port: UInt16) throws {
        client = RawClient(port: port)
        gnutls_certificate_allocate_credentials(&credentials)
        gnutls_init(&session, UInt32(GNUTLS_CLIENT))
        gnutls_set_default_priority(session)
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
        gnutls_transport_set_int2(session, client.descriptor, client.descriptor)
        var result: Int32
        repeat { result = gnutls_handshake(session) } while result < 0 && gnutls_error_is_fatal(result) == 0
        try #require(result == 0, "\(String(cString: gnutls_strerror(result)))")
    }

    deinit {
        gnutls_deinit(session)
        gnutls_certificate_free_credentials(credentials)
    }

    func send(_ text: String) {
        var text = text
        text.withUTF8 { _ = gnutls_record_send(session, $0.baseAddress, $0.count) }
    }

    /// What arrives up to `end`, or the end of the connection.
    func receive(until end: String) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 20_000)
        while !String(decoding: bytes, as: UTF8.self).hasSuffix(end) {
            let length = gnutls_record_recv(session, &buffer, buffer.count)
            guard length > 0 || length < 0 && gnutls_error_is_fatal(Int32(length)) == 0 else { break }
            if length > 0 { bytes.append(contentsOf: buffer.prefix(length)) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Closes the connection, with TLS's own farewell.
    func close() {
        gnutls_bye(session, GNUTLS_SHUT_WR)
        client.reset()
    }
}

extension TLSIdentity {
    /// A certificate of this moment.
    static func testIdentity() throws -> TLSIdentity {
        let directory = TemporaryDirectory()
        let (certificate, key) = ("\(directory.path)/certificate.pem", "\(directory.path)/key.pem")
        let command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
            + " -keyout '\(key)' -out '\(certificate)' 2>/dev/null"
        try #require(system(command) == 0)
        return try withExtendedLifetime(directory) {
            try TLSIdentity(certificate: bytes(of: certificate), key: bytes(of: key))
        }
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 20_000)
        let length = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(length))
    }
}
