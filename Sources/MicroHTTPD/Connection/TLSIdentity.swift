internal import CMicroHTTPD

/// A certificate chain and its private key, as a server shows them to its clients.
package final class TLSIdentity: @unchecked Sendable {  // GnuTLS only reads credentials once they are complete.
    /// GnuTLS cannot use the pair.
    package struct Refusal: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private let credentials: gnutls_certificate_credentials_t

    /// The texts that it was made of; they live as long as it does.
    let certificate: UnsafePointer<CChar>
    let key: UnsafePointer<CChar>

    /// The cipher suites and versions that are spoken: TLS 1.2 and 1.3.
    static var priorities: UnsafePointer<CChar> {
        let text: StaticString = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
        return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// - Parameters:
    ///   - certificate: the server's certificate in PEM, and after it those of its issuers.
    ///   - key: the private key in PEM, without a password.
    /// - Throws: ``Refusal`` when either is no PEM, or they do not belong together.
    package init(certificate: [UInt8], key: [UInt8]) throws(Refusal) {
        var credentials: gnutls_certificate_credentials_t?
        try Self.check(gnutls_certificate_allocate_credentials(&credentials))
        guard let credentials else { throw Refusal(description: "out of memory") }
        self.credentials = credentials
        self.certificate = Self.copy(certificate)
        self.key = Self.copy(key)
        var certificateCopy = certificate
        var keyCopy = key
        let result = certificateCopy.withUnsafeMutableBufferPointer { certificate in
            keyCopy.withUnsafeMutableBufferPointer { key in
                var certificateDatum = gnutls_datum_t(
                    data: certificate.baseAddress, size: UInt32(clamping: certificate.count))
                var keyDatum = gnutls_datum_t(data: key.baseAddress, size: UInt32(clamping: key.count))
                return gnutls_certificate_set_x509_key_mem(
                    credentials, &certificateDatum, &keyDatum, GNUTLS_X509_FMT_PEM)
            }
        }
        try Self.check(result)
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        certificate.deallocate()
        key.deallocate()
    }

    private static func copy(_ text: [UInt8]) -> UnsafePointer<CChar> {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 1)
        for (index, byte) in text.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[text.count] = 0
        return UnsafePointer(copy)
    }

    /// Shows this identity in a session whose handshake has not begun.
    func use(in session: gnutls_session_t) {
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
    }

    private static func check(_ result: Int32) throws(Refusal) {
        guard result < 0 else { return }
        throw Refusal(description: gnutls_strerror(result).map { String(cString: $0) } ?? "GnuTLS error \(result)")
    }
}
