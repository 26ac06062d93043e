package import TelemetryStore

/// What a ``Server`` listens on and where it records.
package struct ServerConfiguration: Sendable {
    /// A host name or an IP address; `localhost` means both loopback addresses.
    package var host = "localhost"

    /// 0 asks for a free port.
    package var port: UInt16 = 6562

    /// Host names that clients may use beside the loopback names and IP addresses.
    package var allowedHosts: Set<String> = []

    /// Origins of web pages that may make requests.
    package var allowedOrigins: Set<String> = []

    /// Threads that serve connections.
    package var httpThreads = 1

    package var store: StoreConfiguration

    package init(store: StoreConfiguration) {
        self.store = store
    }
}
