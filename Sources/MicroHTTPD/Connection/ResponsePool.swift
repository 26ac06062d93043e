internal import CMicroHTTPD

/// Responses of libmicrohttpd that have been sent, each to be used again for an answer of the same length.
///
/// To make one with a body and a header field takes libmicrohttpd five calls of `malloc(3)`, and as many of `free(3)` to
/// destroy it.
struct ResponsePool {
    /// A response whose header fields and length are always the same, and whose body is another one for each answer.
    ///
    /// libmicrohttpd asks that a body stays as it is. It reads one only while it sends, and nobody changes it meanwhile.
    final class Response {
        let native: OpaquePointer
        fileprivate let fields: [HTTPResponse.Field]
        fileprivate let body: UnsafeMutableRawBufferPointer

        fileprivate init?(_ response: HTTPResponse, length: Int) {
            let body = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
            guard let native = MHD_create_response_from_buffer(body.count, body.baseAddress, .RESPMEM_PERSISTENT) else {
                body.deallocate()
                return nil
            }
            HTTPResponse.add(response.fields, to: native)
            self.native = native
            self.body = body
            fields = response.fields
        }

        deinit {
            MHD_destroy_response(native)
            body.deallocate()
        }
    }

    /// The longest body, in bytes. To copy a longer one costs more than to make a response for it.
    private static let longestBody = 1_023

    /// The most responses that are kept.
    private static let limit = 256

    /// By the lengths of their bodies.
    private var idle = [[Response]](repeating: [], count: longestBody + 1)
    private var count = 0

    /// A response for an answer, which nobody else has until it is given back; nil for an answer that is long or shared, or
    /// has header fields beside that of its media type: such ones differ each time.
    mutating func take(_ answer: HTTPResponse) -> Response? {
        guard case .bytes(let bytes) = answer.content else { return nil }
        let length = bytes.count
        guard 1...Self.longestBody ~= length, answer.fields.count <= 1 else { return nil }
        let response: Response
        if let last = idle[length].last, last.fields == answer.fields {
            idle[length].removeLast()
            count -= 1
            response = last
        } else if let new = Response(answer, length: length) {
            response = new
        } else {
            return nil
        }
        bytes.withUnsafeBytes { response.body.copyMemory(from: $0) }
        return response
    }

    /// Takes back what has been sent, or never will be.
    mutating func giveBack(_ response: Response) {
        // Lengths that are no longer asked for make room for those that are.
        if count == Self.limit { self = ResponsePool() }
        idle[response.body.count].append(response)
        count += 1
    }
}
