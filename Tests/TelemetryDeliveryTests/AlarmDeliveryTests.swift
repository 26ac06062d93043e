import Dispatch
import TelemetryLimits
import TelemetryModel
import TelemetryStore
import TestSupport
import Testing

@testable import TelemetryDelivery

struct AlarmDeliveryTests {
    private let directory = TemporaryDirectory()

    private func start(
        _ receiver: ScriptedReceiver, _ service: TelemetryService, _ file: DeliveryFile? = nil, name: String = "pager"
    ) -> AlarmDelivery {
        var delivery = Delivery(name: name, means: .webhook(url: ""))
        delivery.groupInterval = 0.001
        let file = file ?? DeliveryFile(service.log)
        if file.entry(of: name, means: "webhook") == nil, let end = try? LogReader(service.log, from: .end).cursor {
            try? file.change {
                $0[name] = DeliveryFile.Entry(means: "webhook", cursor: end, ledger: .emptyObject)
            }
        }
        let surroundings = AlarmDelivery.Surroundings(
            log: service.log, file: file, clock: WallClock(simulatedFrom: instant(0)), logger: .silent,
            instance: "dome-pc")
        let started = AlarmDelivery(delivery, names: [], receiver, surroundings)
        started.start()
        return started
    }

    private func stop(_ delivery: AlarmDelivery) {
        delivery.askToStop()
        delivery.wait(until: .distantFuture)
    }

    @Test func aReceiverIsToldOfEachChange() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let receiver = ScriptedReceiver()
        let delivery = start(receiver, service)
        service.change("wind", "on", "critical")
        #expect(receiver.next() == ["wind on"])
        service.change("wind", "ok")
        #expect(receiver.next() == ["wind ok"])
        stop(delivery)
    }

    @Test func whatAReceiverDoesNotTakeItIsToldAgainAsItIsThen() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let receiver = ScriptedReceiver([.failed("503"), .failed("503")])
        let delivery = start(receiver, service)
        service.change("wind", "on", "critical")
        #expect(receiver.next() == ["wind on"])
        #expect(receiver.next() == ["wind on"])
        #expect(receiver.next() == ["wind on"])
        service.change("wind", "ok")
        #expect(receiver.next() == ["wind ok"])
        stop(delivery)
        #expect(receiver.rest == [])
    }

    @Test func whatAReceiverWillNeverTakeIsGivenUp() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let receiver = ScriptedReceiver([.refused("400"), .failed("1"), .failed("1")], maximumAttempts: 2)
        let delivery = start(receiver, service)
        service.change("wind", "on", "critical")
        #expect(receiver.next() == ["wind on"])
        service.change("roof", "on", "critical")
        #expect(receiver.next() == ["roof on"])
        #expect(receiver.next() == ["roof on"])
        service.change("rain", "on", "critical")
        #expect(receiver.next() == ["rain on"])
        stop(delivery)
        #expect(receiver.rest == [])
    }

    @Test func whatBecomesOfMessagesIsCounted() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let receiver = ScriptedReceiver([.failed("503"), .taken, .refused("400")])
        let delivery = start(receiver, service)
        #expect(delivery.counts.lastSuccess == nil)
        service.change("wind", "on", "critical")
        #expect(receiver.next() == ["wind on"])
        #expect(receiver.next() == ["wind on"])
        service.change("rain", "on", "critical")
        #expect(receiver.next() == ["rain on"])
        service.change("wind", "ok")
        #expect(receiver.next() == ["wind ok"])
        stop(delivery)
        let counts = delivery.counts
        #expect(DeliveryCounts.Outcome.allCases.map { counts[$0] } == [2, 1, 1])
        #expect((counts.retries, counts.failuresInARow, counts.pending) == (1, 0, 0))
        #expect(counts.lastSuccess != nil)
    }

    @Test func aReceiverThatHangsHoldsUpNobodyElse() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let file = DeliveryFile(service.log)
        let (hanging, quick) = (ScriptedReceiver(holds: Gate()), ScriptedReceiver())
        let deliveries = [start(hanging, service, file, name: "a"), start(quick, service, file, name: "b")]
        for number in 0..<3 {
            service.change("n\(number)", "on", "critical")
            #expect(quick.next() == ["n\(number) on"])
        }
        hanging.cancel()
        stop(deliveries[1])
        deliveries[0].askToStop()
        deliveries[0].wait(until: .now())
    }

    @Test func aRestartTellsWhatWasNotToldAndNothingTwice() throws {
        let receiver = ScriptedReceiver()
        var service = try TelemetryService(directory)
        var delivery = start(receiver, service)
        service.change("wind", "on", "critical")
        #expect(receiver.next() == ["wind on"])
        stop(delivery)
        service.change("wind", "ok")
        service.change("roof", "on", "watch")
        service.stop()

        service = try TelemetryService(directory)
        delivery = start(receiver, service)
        #expect(receiver.next() == ["wind ok", "roof on"])
        stop(delivery)
        service.stop()

        service = try TelemetryService(directory)
        defer { service.stop() }
        delivery = start(receiver, service)
        service.change("rain", "on", "watch")
        #expect(receiver.next() == ["rain on"])
        stop(delivery)
        #expect(receiver.rest == [])
    }

    @Test func whoIsStoppedWhileAReceiverFailsTellsItLater() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let failing = ScriptedReceiver([.failed("503")])
        var delivery = start(failing, service)
        service.change("wind", "on", "critical")
        #expect(failing.next() == ["wind on"])
        stop(delivery)

        let receiver = ScriptedReceiver()
        delivery = start(receiver, service)
        #expect(receiver.next() == ["wind on"])
        stop(delivery)
    }

    @Test func aFileThatIsDamagedIsNone() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let withoutCursor = #"{"version":1,"deliveries":[{"name":"pager","means":"webhook","ledger":{}}]}"#
        for text in ["", "{", "[]", #"{"version":2,"deliveries":[]}"#, withoutCursor] {
            try directory.write(text, to: ".telemetry/deliveries.json")
            #expect(DeliveryFile(service.log).entry(of: "pager", means: "webhook") == nil)
        }
    }

    @Test func aDeliveryThatIsTakenOutIsForgottenAndOneThatChangesGoesOn() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        func places() -> [String] {
            let file = DeliveryFile(service.log)
            return ["pager", "phone", "script"].map { name in
                ["webhook", "command"].first { file.entry(of: name, means: $0) != nil } ?? "none"
            }
        }
        func delivery(_ name: String, _ means: Delivery.Means, timeout: Double = 10) -> Delivery {
            var delivery = Delivery(name: name, means: means)
            delivery.timeout = timeout
            return delivery
        }
        let deliveries = AlarmDeliveries(
            service.log, instance: "dome-pc", clock: WallClock(simulatedFrom: instant(0)), logger: .silent)
        let (url, command) = (Delivery.Means.webhook(url: "http://127.0.0.1:1"), Delivery.Means.command(["/bin/true"]))
        var configuration = LimitsConfiguration()
        configuration.deliveries = [delivery("pager", url), delivery("phone", url), delivery("script", command)]
        deliveries.use(configuration)
        #expect(places() == ["webhook", "webhook", "command"])
        let place = DeliveryFile(service.log).entry(of: "pager", means: "webhook")

        service.change("wind", "on", "critical")
        configuration.deliveries = [delivery("pager", url, timeout: 20), delivery("phone", command)]
        deliveries.use(configuration)
        deliveries.stop()
        #expect(places() == ["webhook", "command", "none"])
        // Nobody has taken what changed, so it is still to be told.
        #expect(DeliveryFile(service.log).entry(of: "pager", means: "webhook")?.cursor == place?.cursor)
    }

    @Test func aDeliveryOfOtherMeansBeginsAnew() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let file = DeliveryFile(service.log)
        let cursor = try LogReader(service.log, from: .end).cursor
        let entry = DeliveryFile.Entry(means: "webhook", cursor: cursor, ledger: .emptyObject)
        try file.change { $0["pager"] = entry }
        #expect(DeliveryFile(service.log).entry(of: "pager", means: "webhook") == entry)
        #expect(DeliveryFile(service.log).entry(of: "pager", means: "command") == nil)
    }
}
