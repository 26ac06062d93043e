package import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel
package import TelemetryStore

/// The one list of endpoints.
package struct Routes: Sendable {
    let service: TelemetryService
    let parser: JSONParser

    /// Asks the process to end, once the request has been answered.
    let requestShutdown: @Sendable () -> Void

    package init(service: TelemetryService, maximumJSONDepth: Int, requestShutdown: @escaping @Sendable () -> Void) {
        self.service = service
        parser = JSONParser(maximumDepth: maximumJSONDepth)
        self.requestShutdown = requestShutdown
    }

    package var all: [Route] {
        [
            route(.get, "/health", health),
            route(.get, "/ready", ready),
            route(.get, "/run", activeRun),
            route(.get, "/runs", allRuns),
            route(.post, "/run/start", startRun),
            route(.post, "/run/stop", stopRun),
            Route(.post, "/event", handler: postEvent),
            route(.get, "/current", current),
            route(.get, "/current/{type}", currentEvent),
            route(.post, "/shutdown", shutdown),
        ]
    }

    /// A route that answers at once.
    private func route(
        _ method: HTTPMethod, _ path: String,
        _ respond: @escaping @Sendable (HTTPRequest) throws(TelemetryError) -> HTTPResponse
    ) -> Route {
        Route(method, path) { exchange in
            do throws(TelemetryError) {
                exchange.answer(try respond(exchange.request))
            } catch {
                exchange.answer(HTTPResponse(error))
            }
        }
    }
}
