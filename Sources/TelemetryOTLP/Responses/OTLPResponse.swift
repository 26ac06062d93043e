internal import TelemetryModel

/// What a client that exported gets back.
package struct OTLPResponse: Sendable, Hashable {
    package let body: [UInt8]

    /// The response to a request that was taken: empty, or with `partial_success`.
    ///
    /// - Parameters:
    ///   - rejected: how many spans, data points or log records were not recorded.
    ///   - message: why, or a warning if none was rejected; nil if there is nothing to say.
    package init(_ signal: OTLPSignal, _ encoding: OTLPEncoding, rejected: Int = 0, message: String? = nil) {
        if rejected == 0, message == nil {
            body = encoding == .json ? Array("{}".utf8) : []
            return
        }
        switch encoding {
        case .protobuf:
            var partial: [UInt8] = []
            if rejected > 0 {
                partial.append(1 << 3)
                partial.append(varint: UInt64(rejected))
            }
            if let message { partial.append(field: 2, bytes: message.utf8) }
            var bytes: [UInt8] = []
            bytes.append(field: 1, bytes: partial)
            body = bytes
        case .json:
            var bytes: [UInt8] = []
            bytes.append(ascii: "{\"partialSuccess\":{")
            if rejected > 0 {
                switch signal {
                case .traces: bytes.append(ascii: "\"rejectedSpans\":\"")
                case .metrics: bytes.append(ascii: "\"rejectedDataPoints\":\"")
                case .logs: bytes.append(ascii: "\"rejectedLogRecords\":\"")
                }
                bytes.append(decimal: UInt64(rejected))
                bytes.append(UInt8(ascii: "\""))
            }
            if let message {
                if rejected > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(ascii: "\"errorMessage\":")
                bytes.append(jsonString: message)
            }
            bytes.append(ascii: "}}")
            body = bytes
        }
    }

    /// The response to a request that was refused: a `google.rpc.Status`.
    package init(_ code: RPCCode, _ message: String, _ encoding: OTLPEncoding) {
        var bytes: [UInt8] = []
        switch encoding {
        case .protobuf:
            bytes.append(1 << 3)
            bytes.append(varint: UInt64(code.rawValue))
            bytes.append(field: 2, bytes: message.utf8)
        case .json:
            bytes.append(ascii: "{\"code\":")
            bytes.append(decimal: UInt64(code.rawValue))
            bytes.append(ascii: ",\"message\":")
            bytes.append(jsonString: message)
            bytes.append(UInt8(ascii: "}"))
        }
        body = bytes
    }
}

/// The codes of `google.rpc.Status` that this server uses.
package enum RPCCode: UInt8, Sendable {
    case invalidArgument = 3
    case permissionDenied = 7
    case resourceExhausted = 8
    case unavailable = 14
    case unauthenticated = 16
}

extension [UInt8] {
    fileprivate mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends a field of bytes or text, or a message.
    fileprivate mutating func append(field number: UInt8, bytes: some Collection<UInt8>) {
        append(number << 3 | WireType.lengthDelimited.rawValue)
        append(varint: UInt64(bytes.count))
        append(contentsOf: bytes)
    }
}
