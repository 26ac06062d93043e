import MicroHTTPD
import TelemetryModel
import Testing

@testable import TelemetryServer

/// A route's format of errors, for those that its handler throws and those that HTTP refuses.
extension RoutesTests {
    /// The error of a request, as a route has it that writes its errors like this.
    private func responses(_ encoder: ErrorEncoder) throws -> (handler: HTTPResponse, http: HTTPResponse) {
        let faults = [
            FieldError("a", at: [.name("query"), .name("from")], "is \"wrong\"", input: .null),
            FieldError("b", at: [.name("body"), .index(3)], "is wrong, too", input: .null),
        ]
        let route = Routes(service: service, requestShutdown: nil)
            .route(.post, "/x", errors: encoder) { _ throws(TelemetryError) in throw .invalid(faults) }
        let exchange = HTTPExchange(HTTPRequest(method: .post, path: "/x"))
        route.handler(exchange)
        let response = exchange.takeAnswer(orWait: { {} })
        let encode = try #require(route.errorEncoder)
        return (try #require(response), encode(.unauthorized("who?"), HTTPFields()))
    }

    @Test func mostRoutesTellTheDetail() throws {
        let (handler, http) = try responses(.json)
        #expect(
            handler
                == HTTPResponse(TelemetryError.invalid([])).with(
                    body:
                        #"{"detail":[{"type":"a","loc":["query","from"],"msg":"is \"wrong\"","input":null},{"type":"b","loc":["body",3],"msg":"is wrong, too","input":null}]}"#
                ))
        #expect(http == HTTPResponse(HTTPError.unauthorized("")).with(body: #"{"detail":"who?"}"#))
    }

    @Test func aRouteMayTellItsErrorsAsTheHistoryStoreDoes() throws {
        let (handler, http) = try responses(.errorMember)
        #expect(handler.status == .unprocessableContent)
        #expect(
            String(decoding: handler.body, as: UTF8.self)
                == #"{"error":"query.from: is \"wrong\"; body.3: is wrong, too"}"#)
        #expect(http == HTTPResponse(HTTPError.unauthorized("")).with(body: #"{"error":"who?"}"#))
    }

    @Test func aRouteMayTellItsErrorsToPeople() throws {
        let (handler, http) = try responses(.plainText)
        #expect(handler.fields == [HTTPResponse.Field("Content-Type", "text/plain; charset=utf-8")])
        #expect(
            String(decoding: handler.body, as: UTF8.self) == "query.from: is \"wrong\"; body.3: is wrong, too\n")
        #expect(http.status == .unauthorized && String(decoding: http.body, as: UTF8.self) == "who?\n")
        #expect(http.fields.contains(HTTPResponse.Field("WWW-Authenticate", "Bearer realm=\"telemetry\"")))
    }

    @Test func whoeverCannotBeServedNowIsToldWhenToTryAgain() {
        let response = HTTPResponse(HTTPError.bodiesTooLarge(limit: 1_000))
        #expect(response.status == .serviceUnavailable)
        #expect(response.fields.contains(HTTPResponse.Field("Retry-After", "1")))
        #expect(String(decoding: response.body, as: UTF8.self).contains("--max-inflight"))
    }
}

extension HTTPResponse {
    fileprivate func with(body: String) -> HTTPResponse {
        HTTPResponse(status: status, fields: fields, body: Array(body.utf8))
    }
}
