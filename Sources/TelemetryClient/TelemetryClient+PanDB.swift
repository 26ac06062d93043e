/// PanDB's interface, for code that is ported from it.
extension TelemetryClient {
    /// Records an object and makes it current.
    ///
    /// - Parameter storePermanently: whether it is written to a file; otherwise it lives in the current view only.
    /// - Returns: the event's `seq` as a string, in place of PanDB's id.
    @discardableResult
    public func insertCurrent(
        _ collection: String, _ object: JSONText, storePermanently: Bool = true
    ) async throws(TelemetryClientError) -> String {
        String(try await postEvent(collection, object, storePermanently: storePermanently).seq)
    }

    /// Records an object without making it current.
    ///
    /// - Returns: the event's `seq` as a string, in place of PanDB's id.
    @discardableResult
    public func insert(_ collection: String, _ object: JSONText) async throws(TelemetryClientError) -> String {
        String(try await postEvent(collection, object, makeCurrent: false).seq)
    }

    /// The latest event of a collection, which has PanDB's `_id` and `date` too; nil when there is none.
    public func getCurrent(_ collection: String) async throws(TelemetryClientError) -> TelemetryEvent? {
        do throws(TelemetryClientError) {
            return try await currentEvent(collection)
        } catch {
            if error.status == 404 { return nil }
            throw error
        }
    }

    /// Always nil: the server does not look up what it recorded. The NDJSON files hold it.
    public func find(_ collection: String, _ objectID: String) -> TelemetryEvent? { nil }

    /// Has no effect: the server keeps the latest event of each type.
    public func clearCurrent(_ type: String) {}
}
