/// A history as CSV (RFC 4180), as the server writes it: `time,field,n,min,mean,max,first,last`, and a line for each bucket.
package struct HistoryCSV {
    /// In bytes, for the text of a refusal.
    private static let maximumRefusalLength = 1 << 20

    private let client: TelemetryClient
    private let path: String
    private var reader: HTTPStreamReader?

    init(_ client: TelemetryClient, _ path: String) {
        self.client = client
        self.path = path
    }

    /// The next piece of the text; nil at its end.
    package mutating func next() async throws(TelemetryClientError) -> [UInt8]? {
        let refusal: HTTPReply
        do throws(HTTPFailure) {
            if let reader { return try await reader.next() }
            var request = HTTPRequest(client, "GET", path)
            request.accept = "text/csv"
            let opened = try client.transport.open(request, silence: client.timeout)
            let head = try await opened.head()
            if head.status == 200, head.mediaType == "text/csv" {
                reader = opened
                return try await opened.next()
            }
            var body: [UInt8] = []
            while body.count < Self.maximumRefusalLength, let piece = try await opened.next() { body += piece }
            refusal = HTTPReply(status: head.status, body: body)
        } catch {
            throw TelemetryClientError(error, of: client)
        }
        guard !(200..<300).contains(refusal.status) else {
            let text = String(decoding: refusal.body.prefix(200), as: UTF8.self)
            throw .malformedAnswer(address: client.address, reason: "it is not a history: \(text)")
        }
        let detail = TelemetryClient.detail(of: refusal)
        throw TelemetryClientError.refused(status: refusal.status, detail: detail).namingHistory
    }
}
