internal import CMicroHTTPD

extension DaemonCore {
    /// How libmicrohttpd works: `MHD_FLAG`.
    var flags: UInt32 {
        let flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        return configuration.identity == nil ? flags : flags | MHD_USE_TLS.rawValue
    }

    /// What libmicrohttpd sets aside for a connection, in bytes: for a request's header and a note of each of its fields,
    /// a piece of its body, and the header of the answer.
    ///
    /// It is no longer than need be: the library fills all of it with zeros for each request, and beyond 32 KiB maps it
    /// anew for each connection.
    var connectionMemory: Int { max(32 << 10, configuration.maximumHeaderLength) }

    /// Whether a request's header leaves room for that of an answer.
    func hasRoomForAnswer(to connection: OpaquePointer, headerLength length: Int) -> Bool {
        if length < connectionMemory / 16 { return true }
        let notes = Int(MHD_get_connection_values_n(connection, .HEADER_KIND, nil, nil)) * 64
        return length + notes + 512 <= connectionMemory
    }

    /// The options of `MHD_start_daemon(3)`.
    ///
    /// - Parameter context: what the callbacks are given: an ``HTTPLoop``, which outlives the daemon of libmicrohttpd.
    func options(_ context: UnsafeMutableRawPointer) -> [MHD_OptionItem] {
        var options = [
            Self.option(.LISTEN_SOCKET, Int(socket.descriptor)),
            // The gate refuses connections. The library lets those wait that come before others have made room for them.
            Self.option(
                .CONNECTION_LIMIT,
                min(gate.limits.total, gate.limits.room) + gate.limits.lasting + gate.limits.excess),
            Self.option(.CONNECTION_TIMEOUT, gate.limits.idleTime),
            Self.option(.CONNECTION_MEMORY_LIMIT, connectionMemory),
            Self.option(.STRICT_FOR_CLIENT, RequestFraming.isCheckedHere ? 0 : 1),
            Self.callback(
                .NOTIFY_CONNECTION, unsafeBitCast(Self.connectionChanged as MHD_NotifyConnectionCallback, to: Int.self),
                context),
            Self.callback(
                .NOTIFY_COMPLETED,
                unsafeBitCast(HTTPConnection.completed as MHD_RequestCompletedCallback, to: Int.self), context),
            Self.callback(
                .URI_LOG_CALLBACK, unsafeBitCast(RequestTarget.check as RequestTarget.Callback, to: Int.self), nil),
            Self.callback(
                .UNESCAPE_CALLBACK,
                unsafeBitCast(HTTPConnection.keepEscapes as HTTPConnection.UnescapeCallback, to: Int.self), nil),
        ]
        if let identity = configuration.identity {
            // Each session starts with these, before it is given the identity that is current.
            options += [
                Self.text(.HTTPS_MEM_CERT, identity.certificate), Self.text(.HTTPS_MEM_KEY, identity.key),
                Self.text(.HTTPS_PRIORITIES, TLSIdentity.priorities),
            ]
        }
        options.append(Self.option(.END, 0))
        return options
    }

    private static func option(_ option: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: value, ptr_value: nil)
    }

    private static func callback(
        _ option: MHD_OPTION, _ function: Int, _ context: UnsafeMutableRawPointer?
    ) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: function, ptr_value: context)
    }

    private static func text(_ option: MHD_OPTION, _ text: UnsafePointer<CChar>) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: 0, ptr_value: UnsafeMutableRawPointer(mutating: text))
    }
}
