internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// The media types of a body with one JSON document a line.
    static let ndjsonMediaTypes = ["application/x-ndjson", "application/jsonl"]

    /// `POST /events`: records one event a line, all or none, and answers when they are on disk.
    @Sendable
    func postEvents(_ exchange: HTTPExchange) {
        do throws(TelemetryError) {
            service.record(try EventBatchBody(exchange.takeBody(), parser: parser, limits: requestLimits).requests) {
                [refusals] result in
                switch result {
                case .success(let recorded): exchange.answer(HTTPResponse(json: recorded.batchJSON))
                case .failure(let error):
                    refusals.count(error)
                    exchange.answer(HTTPResponse(error))
                }
            }
        } catch {
            refusals.count(error)
            exchange.answer(HTTPResponse(error))
        }
    }
}

extension Recorded {
    /// `{"accepted":3,"first_seq":7,"last_seq":9}`
    fileprivate var batchJSON: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "{\"accepted\":")
        bytes.append(decimal: UInt64(count))
        bytes.append(ascii: ",\"first_seq\":")
        bytes.append(decimalOrNull: seqs?.lowerBound)
        bytes.append(ascii: ",\"last_seq\":")
        bytes.append(decimalOrNull: seqs?.upperBound)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(decimalOrNull value: UInt64?) {
        if let value {
            append(decimal: value)
        } else {
            append(ascii: "null")
        }
    }
}
