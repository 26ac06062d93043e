internal import TelemetryClient
internal import TelemetryStore

/// A URL that messages are posted to. It has taken what it answers with a status of 2xx. One of 4xx says that it never will, but
/// for 408 and 429; with any other it may later.
struct HTTPReceiver: AlarmReceiver {
    let maximumAttempts: Int? = nil
    private let url: String
    private let tokenFile: String?
    private let timeout: Duration
    private let poster = JSONPoster()

    /// - Parameter tokenFile: what holds a bearer token; nil for none. It is read for each message.
    init(url: String, tokenFile: String?, timeout: Duration) {
        self.url = url
        self.tokenFile = tokenFile
        self.timeout = timeout
    }

    func tell(_ message: [UInt8]) -> DeliveryOutcome {
        var token: String?
        if let tokenFile {
            do throws(SecretFile.Failure) {
                token = Self.token(in: try SecretFile.read(tokenFile))
            } catch {
                return .failed("\(error)")
            }
            if token == nil { return .failed("\(tokenFile) should hold a token: one line of printable ASCII") }
        }
        do throws(JSONPoster.Failure) {
            let reply = try poster.post(message, to: url, bearerToken: token, timeout: timeout)
            return Self.outcome(of: reply.status, detail: reply.detail)
        } catch {
            return .failed(error.description)
        }
    }

    func cancel() { poster.cancel() }

    static func outcome(of status: Int, detail: String) -> DeliveryOutcome {
        let reason = "status \(status)" + (detail.isEmpty ? "" : ": \(detail)")
        switch status {
        case 200..<300: return .taken
        case 408, 429: return .failed(reason)
        case 300..<400: return .failed("\(reason); redirects are not followed")
        case 400..<500: return .refused(reason)
        default: return .failed(reason)
        }
    }

    /// Nil when there is none. Blanks and newlines around it do not count.
    static func token(in bytes: [UInt8]) -> String? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let token = bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        guard !token.isEmpty, token.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: Array(token), as: UTF8.self)
    }
}
