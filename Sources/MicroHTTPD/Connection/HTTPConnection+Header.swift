internal import CMicroHTTPD

/// What is decided about a request when its header is there and its body is not.
extension HTTPConnection {
    /// The first call: the header is there, the body is not.
    static func begin(
        _ call: Call, state: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ client: ClientConnection,
        _ core: DaemonCore
    ) -> MHD_Result {
        client.turn(to: .body)
        var fields = HTTPKnownFields()
        var length = 0
        var refusal: HTTPError?
        var found: Unmanaged<Route>?
        let exchange: HTTPExchange
        do throws(HTTPError) {
            if state.pointee == RequestTarget.malformed {
                throw .malformed("The request target has a blank or a control character")
            }
            try RequestFraming.check(
                call.connection, method: call.method, version: call.version, headerLength: call.headerLength,
                into: &fields)
            length = fields.contentLength.value.map(Self.number) ?? 0
            let method = HTTPMethod(call.method)
            let match = try route(call, method, fields, client, core, &found)
            if length > 0 { try match.route.checkMediaType(fields.contentType.value) }
            let limit = core.maximumBodyLength(of: match.route)
            if length > limit { throw .contentTooLarge(limit: limit) }
            var inflater: GzipInflater?
            if fields.contentEncoding.count > 0, length > 0 || fields.transferEncoding.count > 0 {
                inflater = try self.inflater(for: fields, core)
            }
            // How long an unpacked body is shows when it comes.
            let announced = inflater == nil ? length : 0
            let reserved = inflater == nil ? length : GzipInflater.memoryLength
            if reserved > 0, !core.unretainedBudget._withUnsafeGuaranteedRef({ $0.reserve(reserved, of: reserved) }) {
                throw .bodiesTooLarge(limit: core.budget.limit)
            }
            exchange = HTTPExchange(
                ReceivedHead(
                    connection: call.connection, method: method, match: match, peer: client.peer),
                from: client, contentType: fields.contentType, announcedLength: announced, limit: limit,
                reservedLength: reserved, inflater: inflater)
        } catch {
            refusal = error
            exchange = HTTPExchange(refused: HTTPReception(stage: .refused(error), client: client, route: found))
        }
        state.pointee = Unmanaged.passRetained(exchange).toOpaque()
        core.exchangeBegan()

        guard core.hasRoomForAnswer(to: call.connection, headerLength: call.headerLength) else {
            let error = HTTPError.headerTooLarge(limit: core.configuration.maximumHeaderLength)
            client.loop.counters.count(error)
            EarlyAnswer.send(core.errorResponse(error), of: found, to: call.connection)
            return .NO
        }
        // A refused body is read to its end while it is short, so that the client reads the answer and the connection
        // lives on; otherwise the answer is sent at once and the connection is closed.
        if let refusal,
            refusal.endsConnection || length > core.configuration.maximumDrainedLength || fields.expect.count > 0
        {
            let response = response(to: refusal, exchange, call.connection, core)
            return queue(response, of: found, on: call.connection, client, closing: true)
        }
        return .YES
    }

    /// The response to a request that is refused, in the format of its route. It counts the refusal.
    static func response(
        to error: HTTPError, _ exchange: HTTPExchange, _ connection: OpaquePointer, _ core: DaemonCore
    ) -> HTTPResponse {
        exchange.reception.client?.loop.counters.count(error)
        guard let encoder = exchange.reception.route?.takeUnretainedValue().errorEncoder else {
            return core.errorResponse(error)
        }
        return encoder(error, HTTPFields(of: connection))
    }

    /// The number that a text of digits means; 0 when it is none, which libmicrohttpd has refused.
    private static func number(_ digits: UnsafeRawBufferPointer) -> Int {
        var number = 0
        for byte in digits {
            let (tens, isLong) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLonger) = tens.addingReportingOverflow(Int(byte) - Int(UInt8(ascii: "0")))
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), !isLong, !isLonger else { return 0 }
            number = sum
        }
        return number
    }

    /// Finds the route of a request that may be served.
    ///
    /// - Parameter found: is set to the route, also when the request is then refused; the daemon's router retains it.
    private static func route(
        _ call: Call, _ method: HTTPMethod, _ fields: HTTPKnownFields, _ client: ClientConnection, _ core: DaemonCore,
        _ found: inout Unmanaged<Route>?
    ) throws(HTTPError) -> Router.Match {
        let limit = core.configuration.maximumHeaderLength
        if call.headerLength > limit { throw .headerTooLarge(limit: limit) }
        let head = HTTPHead(
            method: method, target: call.url, version: call.version, fields: fields, peer: client.peer)
        let match: Router.Match
        if let route = core.router.route(method, call.url) {
            match = Router.Match(route)
        } else {
            guard let text = String(validatingCString: call.url) else {
                throw .malformed("The request target is not UTF-8")
            }
            guard let target = RequestTarget.split(text) else {
                throw .malformed("The request target is neither a path nor an http URL")
            }
            do throws(HTTPError) {
                match = try core.router.match(method, target.path)
            } catch {
                // Who may not be served is not told which routes there are.
                try core.admit(head, .read)
                if case .moved(let path) = error {
                    throw .moved(
                        to: PercentEncoding.encodeForHeader(path + ReceivedFields.live(call.connection).queryText))
                }
                throw error
            }
        }
        found = Unmanaged.passUnretained(match.route)
        try core.admit(head, match.route.access)
        return match
    }
}

extension HTTPError {
    /// Whether nothing more can be made of the connection's bytes.
    var endsConnection: Bool {
        switch self {
        case .malformed, .headerTooLarge, .versionNotSupported: true
        case .unauthorized, .forbidden, .requestTimeout, .moved, .notFound, .methodNotAllowed, .contentTooLarge,
            .bodiesTooLarge, .unsupportedMediaType, .unsupportedCoding:
            false
        }
    }
}
