import Testing

@testable import TelemetryClient

@Suite struct AddressTests {
    @Test(arguments: [
        "http://localhost:6562", "http://LOCALHOST", "http://dome.localhost/", "https://127.0.0.1:6562",
        "http://127.1.2.3/telemetry", "http://[::1]:6562", "http://user:secret@localhost:6562/x",
    ])
    func aLoopbackAddressIsOnThisMachine(_ url: String) {
        #expect(TelemetryClient(baseURL: url).isOnThisMachine)
    }

    @Test(arguments: [
        "http://dome.example:6562", "http://127.example", "http://[fe80::1]", "http://192.0.2.1",
        "http://localhost.example", "http://localhost@dome.example",
    ])
    func anyOtherAddressMayBeElsewhere(_ url: String) {
        #expect(!TelemetryClient(baseURL: url).isOnThisMachine)
    }

    @Test func aUnixSocketIsOnThisMachine() {
        #expect(TelemetryClient(unixSocket: "/run/telemetry.sock").isOnThisMachine)
    }
}
