internal import CMicroHTTPD
internal import Glibc

/// The callbacks of libmicrohttpd, one request at a time for each connection.
///
/// The first call for a request checks framing, path, method, content type and length before anything is allocated; later
/// calls collect the body; the last one answers; ``completed`` frees what the first one retained.
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
        var isMediaTypeChecked = false

        /// How much of a refused body has been read and thrown away, in bytes.
        var drainedLength = 0

        /// Whether a handler was called and its answer was not taken.
        var isAwaited = false

        init(_ stage: Stage) {
            self.stage = stage
        }
    }

    typealias UnescapeCallback =
        @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int

    /// Leaves the percent-encoding alone: the router splits a path before it decodes it.
    static let keepEscapes: UnescapeCallback = { _, _, text in text.map { strlen($0) } ?? 0 }

    /// What libmicrohttpd says in each call for a request.
    private struct Call {
        let connection: OpaquePointer

        // Both outlive the call, and are asked for much: to retain them each time would show.
        unowned(unsafe) let client: ClientConnection
        unowned(unsafe) let daemon: HTTPDaemon
        let url: UnsafePointer<CChar>
        let method: UnsafePointer<CChar>
        let version: UnsafePointer<CChar>

        var headers: HTTPFields { .headers(of: connection) }
    }

    static let handle: MHD_AccessHandlerCallback = {
        context, connection, url, method, version, upload, uploadSize, state in
        guard let context, let connection, let url, let method, let version, let uploadSize, let state,
            let client = ClientConnection.of(connection)
        else { return .NO }
        let call = Call(
            connection: connection, client: client,
            daemon: Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue(), url: url, method: method,
            version: version)
        guard let pointer = state.pointee, pointer != RequestTarget.malformed else {
            client.turn(to: .body)
            return begin(call, state: state)
        }
        let transaction = Unmanaged<Transaction>.fromOpaque(pointer).takeUnretainedValue()
        if uploadSize.pointee > 0 {
            let bytes = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
            uploadSize.pointee = 0
            return collect(bytes, for: transaction, call)
        }
        client.turn(to: .handling)
        return finish(transaction, call)
    }

    /// Releases what ``begin`` retained. libmicrohttpd calls it once for each request, however it ended.
    static let completed: MHD_RequestCompletedCallback = { context, connection, state, _ in
        connection.flatMap { ClientConnection.of($0) }?.turn(to: .header)
        guard let context, let pointer = state?.pointee, pointer != RequestTarget.malformed else { return }
        let transaction = Unmanaged<Transaction>.fromOpaque(pointer).takeRetainedValue()
        state?.pointee = nil
        let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
        if transaction.isAwaited { daemon.handlerAnswered() }
        daemon.exchangeEnded()
    }

    /// The first call: the header is there, the body is not.
    private static func begin(
        _ call: Call, state: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> MHD_Result {
        var length = 0
        let transaction: Transaction
        do throws(HTTPError) {
            if state.pointee == RequestTarget.malformed {
                throw .malformed("The request target has a blank or a control character")
            }
            try RequestFraming.check(call.connection, method: call.method, version: call.version)
            length = call.headers.withValue(of: "Content-Length") { $0.map(Self.number) } ?? 0
            let match = try route(call)
            if length > 0 { try match.route.checkMediaType(call.headers) }
            let limit = call.daemon.maximumBodyLength(of: match.route)
            if length > limit { throw .contentTooLarge(limit: limit) }
            transaction = Transaction(.receiving(match))
            transaction.isMediaTypeChecked = length > 0
            transaction.body.reserveCapacity(length)
        } catch {
            transaction = Transaction(.refused(error))
        }
        state.pointee = Unmanaged.passRetained(transaction).toOpaque()
        call.daemon.exchangeBegan()

        guard call.daemon.hasRoomForAnswer(to: call.connection) else {
            let error = HTTPError.headerTooLarge(limit: call.daemon.configuration.maximumHeaderLength)
            EarlyAnswer.send(call.daemon.errorResponse(error), to: call.connection)
            return .NO
        }
        // A refused body is read to its end while it is short, so that the client reads the answer and the connection
        // lives on; otherwise the answer is sent at once and the connection is closed.
        if case .refused(let error) = transaction.stage,
            error.endsConnection || length > call.daemon.configuration.maximumDrainedLength
                || call.headers["Expect"] != nil
        {
            return queue(call.daemon.errorResponse(error), on: call.connection, closing: true)
        }
        return .YES
    }

    /// The number that a text of digits means; 0 when it is none, which libmicrohttpd has refused.
    private static func number(_ digits: UnsafeRawBufferPointer) -> Int {
        Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    /// Finds the route of a request that may be served.
    private static func route(_ call: Call) throws(HTTPError) -> Router.Match {
        let limit = call.daemon.configuration.maximumHeaderLength
        if cmhd_header_length(call.connection) > limit { throw .headerTooLarge(limit: limit) }
        guard let target = RequestTarget.split(String(cString: call.url)) else {
            throw .malformed("The request target is neither a path nor an http URL")
        }
        let head = HTTPHead(
            method: HTTPMethod(String(cString: call.method)), path: target.path, authority: target.authority,
            version: String(cString: call.version), headers: call.headers, peer: call.client.peer)
        let match: Router.Match
        do throws(HTTPError) {
            match = try call.daemon.router.match(head.method, head.path)
        } catch {
            // Who may not be served is not told which routes there are.
            try call.daemon.admit(head, .read)
            throw error
        }
        try call.daemon.admit(head, match.route.access)
        return match
    }

    private static func collect(
        _ bytes: UnsafeRawBufferPointer, for transaction: Transaction, _ call: Call
    ) -> MHD_Result {
        if case .receiving(let match) = transaction.stage {
            let limit = call.daemon.maximumBodyLength(of: match.route)
            if transaction.body.count + bytes.count <= limit {
                transaction.body.append(contentsOf: bytes)
                return .YES
            }
            transaction.stage = .refused(.contentTooLarge(limit: limit))
            transaction.body = []
        }
        guard case .refused(let error) = transaction.stage else { return .YES }
        transaction.drainedLength += bytes.count
        if transaction.drainedLength <= call.daemon.configuration.maximumDrainedLength { return .YES }
        // Only a body in chunks gets here: its length was not known when it was let in.
        EarlyAnswer.send(call.daemon.errorResponse(error), to: call.connection)
        return .NO
    }

    /// The last call, and the one after a wait: the body is complete.
    private static func finish(_ transaction: Transaction, _ call: Call) -> MHD_Result {
        switch transaction.stage {
        case .refused(let error):
            return refuse(error, call)
        case .receiving(let match):
            // A body with a length was checked when that was known; this is about a body in chunks.
            if !transaction.body.isEmpty, !transaction.isMediaTypeChecked {
                do throws(HTTPError) {
                    try match.route.checkMediaType(call.headers)
                } catch {
                    return refuse(error, call)
                }
            }
            // The daemon is about to stop, and this client was too slow.
            guard call.daemon.handlerBegins() else { return .NO }
            transaction.isAwaited = true
            let exchange = HTTPExchange(
                HTTPRequest(
                    method: HTTPMethod(String(cString: call.method)), path: match.path, parameters: match.parameters,
                    query: .query(of: call.connection), headers: call.headers, body: transaction.body,
                    isFromLoopback: call.client.peer.isLocal))
            transaction.body = []
            transaction.stage = .handled(exchange)
            match.route.handler(exchange)
            return answer(exchange, of: transaction, call)
        case .handled(let exchange):
            return answer(exchange, of: transaction, call)
        }
    }

    private static func refuse(_ error: HTTPError, _ call: Call) -> MHD_Result {
        queue(call.daemon.errorResponse(error), on: call.connection, closing: call.daemon.closesConnections)
    }

    private static func answer(
        _ exchange: HTTPExchange, of transaction: Transaction, _ call: Call
    ) -> MHD_Result {
        nonisolated(unsafe) let waiting = call.connection  // libmicrohttpd allows to resume from any thread.
        let response = exchange.takeAnswer(
            orSuspend: { MHD_suspend_connection(waiting) }, resume: { MHD_resume_connection(waiting) })
        guard let response else { return .YES }
        transaction.isAwaited = false
        call.daemon.handlerAnswered()
        return queue(response, on: call.connection, closing: call.daemon.closesConnections)
    }

    static func queue(_ response: HTTPResponse, on connection: OpaquePointer, closing: Bool) -> MHD_Result {
        let native = response.body.withUnsafeBytes { body in
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let native else { return .NO }
        ClientConnection.of(connection)?.turn(to: .answer)
        defer { MHD_destroy_response(native) }
        for field in response.fields {
            // A String that is given to C as it is would be copied into an array first.
            field.name.withCString { name in
                _ = field.value.withCString { MHD_add_response_header(native, name, $0) }
            }
        }
        if closing { MHD_add_response_header(native, "Connection", "close") }
        return LibraryAnswers.queue(connection, response.status.code, native)
    }
}

extension HTTPError {
    /// Whether nothing more can be made of the connection's bytes.
    fileprivate var endsConnection: Bool {
        switch self {
        case .malformed, .headerTooLarge, .versionNotSupported: true
        case .unauthorized, .forbidden, .requestTimeout, .notFound, .methodNotAllowed, .contentTooLarge,
            .unsupportedMediaType:
            false
        }
    }
}
