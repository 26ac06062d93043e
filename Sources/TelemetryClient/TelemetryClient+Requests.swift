extension TelemetryClient {
    /// Makes a GET request and returns its answer.
    func get(_ path: String) async throws(TelemetryClientError) -> JSONText {
        try await answer(HTTPRequest(self, "GET", path))
    }

    /// Makes a POST request and returns its answer.
    func post(_ path: String, _ body: JSONText? = nil) async throws(TelemetryClientError) -> JSONText {
        try await answer(HTTPRequest(self, "POST", path, body: body.map { Array($0.utf8) }))
    }

    /// Posts lines, each a JSON document (NDJSON), and returns the answer.
    ///
    /// - Parameter firstLine: the number of the first line, for errors that name lines.
    func post(_ path: String, lines: [UInt8], firstLine: Int) async throws(TelemetryClientError) -> JSONText {
        var request = HTTPRequest(self, "POST", path, body: lines)
        request.contentType = "application/x-ndjson"
        return try await answer(request, firstLine: firstLine)
    }

    private func answer(
        _ request: HTTPRequest, firstLine: Int? = nil
    ) async throws(TelemetryClientError) -> JSONText {
        let body = try await content(of: request, firstLine: firstLine)
        do throws(JSONSyntaxError) {
            return try JSONText(parsing: body)
        } catch {
            throw .malformedAnswer(address: address, reason: "it is not JSON: \(error)")
        }
    }

    /// Makes a request and returns the body of its answer, which is not empty.
    func content(
        of request: HTTPRequest, firstLine: Int? = nil
    ) async throws(TelemetryClientError) -> [UInt8] {
        let reply: HTTPReply
        do throws(HTTPFailure) {
            reply = try await transport.perform(request)
        } catch {
            throw TelemetryClientError(error, of: self)
        }
        guard (200..<300).contains(reply.status) else {
            throw .refused(status: reply.status, detail: Self.detail(of: reply, firstLine))
        }
        // To libcurl a connection that ends within the header is a response without a body.
        if reply.body.isEmpty { throw .interrupted(address: address, reason: "the answer is empty") }
        return reply.body
    }

    /// The explanation of an error status, as one line for people: its `detail`, the faults of a 422 with their places,
    /// the `reason` of a server that is not ready, or whatever text there is.
    static func detail(of reply: HTTPReply, _ firstLine: Int? = nil) -> String {
        guard let body = try? JSONText(parsing: reply.body), body.kind == .object else {
            return String(String(decoding: reply.body.prefix(1_000), as: UTF8.self).prefix { !$0.isNewline })
        }
        guard let detail = body["detail"] ?? body["reason"] else { return body.description }
        let faults = detail.elements.map { fault($0, firstLine) }
        return faults.isEmpty ? detail.string ?? detail.description : faults.joined(separator: "; ")
    }

    /// `{"type","loc","msg","input"}` as `body.ts: Input should be …`, and for lines as `line 3, ts: Input should be
    /// …`.
    private static func fault(_ json: JSONText, _ firstLine: Int?) -> String {
        guard let message = json["msg"]?.string else { return json.description }
        var steps = json["loc"].map { $0.elements.map { $0.string ?? $0.description } } ?? []
        if let firstLine, steps.count > 1, let line = Int(steps[1]) {
            let member = steps[2...].joined(separator: ".")
            steps = ["line \(line + firstLine - 1)" + (member.isEmpty ? "" : ", ") + member]
        }
        let place = steps.joined(separator: ".")
        let reason = json["ctx"]?["error"]?.string.map { " (\($0))" } ?? ""
        return (place.isEmpty ? "" : "\(place): ") + message + reason
    }

    /// The error for an answer that lacks something this client needs.
    func malformed(_ answer: JSONText, lacks expected: String) -> TelemetryClientError {
        .malformedAnswer(address: address, reason: "it is not \(expected): \(answer.description.prefix(200))")
    }
}

extension HTTPRequest {
    init(_ client: TelemetryClient, _ method: String, _ path: String, body: [UInt8]? = nil) {
        self.init(
            method: method, url: client.baseURL + path, body: body,
            headers: client.token.map { ["Authorization: Bearer \($0)"] } ?? [], unixSocket: client.unixSocket,
            caFile: client.caFile, timeout: client.timeout, maximumIdleTime: client.maximumIdleTime,
            maximumReplySize: client.maximumAnswerSize)
    }
}

extension String {
    /// The text as one segment of a URL's path (RFC 3986, section 2.1).
    var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
                text.append(character)
            } else {
                text += byte < 0x10 ? "%0" : "%"
                text += String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
