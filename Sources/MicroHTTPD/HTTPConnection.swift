internal import CMicroHTTPD
internal import Glibc

/// The callbacks of libmicrohttpd, one request at a time for each connection.
///
/// The first call for a request checks method, path, content type and length before anything is allocated; later calls
/// collect the body; the last one answers; ``completed`` frees what the first one retained.
enum HTTPConnection {
    /// What is kept of a request between its calls.
    private final class Transaction {
        enum Stage {
            case receiving(Router.Match)
            case refused(HTTPError)
            case handled(HTTPExchange)
        }

        var stage: Stage
        var body: [UInt8] = []

        init(_ stage: Stage) {
            self.stage = stage
        }
    }

    typealias UnescapeCallback =
        @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int

    /// Leaves the percent-encoding alone: the router splits a path before it decodes it.
    static let keepEscapes: UnescapeCallback = { _, _, text in text.map { strlen($0) } ?? 0 }

    static let handle: MHD_AccessHandlerCallback = {
        context, connection, url, method, version, upload, uploadSize, state in
        guard let context, let connection, let url, let method, let version, let uploadSize, let state
        else { return .NO }
        let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
        guard let pointer = state.pointee else {
            let head = HTTPHead(
                method: HTTPMethod(String(cString: method)), path: String(cString: url),
                version: String(cString: version), headers: .headers(of: connection))
            return begin(connection, head, daemon: daemon, state: state)
        }
        let transaction = Unmanaged<Transaction>.fromOpaque(pointer).takeUnretainedValue()
        if uploadSize.pointee > 0 {
            collect(UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee), for: transaction, daemon: daemon)
            uploadSize.pointee = 0
            return .YES
        }
        return finish(transaction, connection, method: method, daemon: daemon)
    }

    /// Releases what ``begin`` retained. libmicrohttpd calls it once for each request, however it ended.
    static let completed: MHD_RequestCompletedCallback = { context, _, state, _ in
        guard let context, let pointer = state?.pointee else { return }
        Unmanaged<Transaction>.fromOpaque(pointer).release()
        state?.pointee = nil
        Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue().exchangeEnded()
    }

    /// The first call: the header is there, the body is not.
    private static func begin(
        _ connection: OpaquePointer, _ head: HTTPHead, daemon: HTTPDaemon,
        state: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> MHD_Result {
        let headers = head.headers
        let length = headers["Content-Length"].flatMap { Int($0) }
        let transaction: Transaction
        do throws(HTTPError) {
            try daemon.admit(head)
            let match = try daemon.router.match(head.method, head.path)
            if let length, length > 0 { try match.route.checkMediaType(headers["Content-Type"]) }
            if let length, length > daemon.configuration.maximumBodyLength {
                throw .contentTooLarge(limit: daemon.configuration.maximumBodyLength)
            }
            transaction = Transaction(.receiving(match))
            transaction.body.reserveCapacity(length ?? 0)
        } catch {
            transaction = Transaction(.refused(error))
        }
        state.pointee = Unmanaged.passRetained(transaction).toOpaque()
        daemon.exchangeBegan()

        // A refused body is read to its end while it is short, so that the client reads the answer and the connection
        // lives on; otherwise the answer is sent at once and the connection is closed.
        if case .refused(let error) = transaction.stage,
            length ?? 0 > daemon.configuration.maximumBodyLength || headers["Expect"] != nil
        {
            return queue(daemon.errorResponse(error), on: connection, closing: true)
        }
        return .YES
    }

    private static func collect(_ bytes: UnsafeRawBufferPointer, for transaction: Transaction, daemon: HTTPDaemon) {
        guard case .receiving = transaction.stage else { return }
        if transaction.body.count + bytes.count > daemon.configuration.maximumBodyLength {
            transaction.stage = .refused(.contentTooLarge(limit: daemon.configuration.maximumBodyLength))
            transaction.body = []
        } else {
            transaction.body.append(contentsOf: bytes)
        }
    }

    /// The last call, and the one after a wait: the body is complete.
    private static func finish(
        _ transaction: Transaction, _ connection: OpaquePointer, method: UnsafePointer<CChar>, daemon: HTTPDaemon
    ) -> MHD_Result {
        switch transaction.stage {
        case .refused(let error):
            return queue(daemon.errorResponse(error), on: connection, closing: daemon.closesConnections)
        case .receiving(let match):
            let headers = HTTPFields.headers(of: connection)
            if !transaction.body.isEmpty {
                do throws(HTTPError) {
                    try match.route.checkMediaType(headers["Content-Type"])
                } catch {
                    return queue(daemon.errorResponse(error), on: connection, closing: daemon.closesConnections)
                }
            }
            let exchange = HTTPExchange(
                HTTPRequest(
                    method: HTTPMethod(String(cString: method)), path: match.path, parameters: match.parameters,
                    query: .query(of: connection), headers: headers, body: transaction.body,
                    isFromLoopback: cmhd_client_address(connection).map { SocketAddress.isLoopback($0) } ?? false))
            transaction.body = []
            transaction.stage = .handled(exchange)
            match.route.handler(exchange)
            return answer(exchange, on: connection, daemon: daemon)
        case .handled(let exchange):
            return answer(exchange, on: connection, daemon: daemon)
        }
    }

    private static func answer(
        _ exchange: HTTPExchange, on connection: OpaquePointer, daemon: HTTPDaemon
    ) -> MHD_Result {
        nonisolated(unsafe) let waiting = connection  // libmicrohttpd allows to resume from any thread.
        let response = exchange.takeAnswer(
            orSuspend: { MHD_suspend_connection(waiting) }, resume: { MHD_resume_connection(waiting) })
        guard let response else { return .YES }
        return queue(response, on: connection, closing: daemon.closesConnections)
    }

    private static func queue(
        _ response: HTTPResponse, on connection: OpaquePointer, closing: Bool
    ) -> MHD_Result {
        let native = response.body.withUnsafeBytes { body in
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let native else { return .NO }
        defer { MHD_destroy_response(native) }
        for field in response.fields { MHD_add_response_header(native, field.name, field.value) }
        if closing { MHD_add_response_header(native, "Connection", "close") }
        return MHD_queue_response(connection, response.status.code, native)
    }
}
