internal import Dispatch
package import Logging
internal import Synchronization
package import TelemetryLimits
internal import TelemetryModel
package import TelemetryStore

/// Tells all receivers of alarms that a limits file names; see ``AlarmDelivery``.
///
/// A delivery begins with what changes after it was configured for the first time. Its place is in ``DeliveryFile`` from then on, also
/// over a change of the delivery, until it is not configured any more.
package final class AlarmDeliveries: Sendable {
    /// How many descriptors a delivery uses at most: libcurl's for a connection, to be woken and to look up a name, or those of a
    /// program's input and output.
    package static let descriptorsOfDelivery = 6

    private let surroundings: AlarmDelivery.Surroundings
    private let running: Mutex<[AlarmDelivery]> = Mutex([])

    /// - Parameter instance: the name of this host.
    package init(_ log: CommittedLog, instance: String, clock: WallClock, logger: Logger) {
        surroundings = AlarmDelivery.Surroundings(
            log: log, file: DeliveryFile(log), clock: clock, logger: logger, instance: instance)
    }

    /// Uses other deliveries from now on. Those that are as they were go on undisturbed. Call it before anything is recorded that
    /// they are to tell, and by one thread at a time.
    package func use(_ configuration: LimitsConfiguration) {
        let names = Set(configuration.subjects.map(\.settings.name))
        let before = running.withLock { $0 }
        let kept = before.filter { configuration.deliveries.contains($0.delivery) && $0.names == names }
        let started = configuration.deliveries.filter { delivery in !kept.contains { $0.delivery == delivery } }
        for old in before where !kept.contains(where: { $0 === old }) {
            old.askToStop(forgets: !started.contains { $0.name == old.delivery.name })
        }
        begin(started, of: configuration.deliveries)
        running.withLock { running in
            running = kept
            for delivery in started {
                let new = AlarmDelivery(delivery, names: names, receiver(for: delivery), surroundings)
                new.start(after: before.first { $0.delivery.name == delivery.name })
                running.append(new)
            }
        }
    }

    /// How each does, by the name of the receiver, in the order of the names.
    package var counts: [(receiver: String, counts: DeliveryCounts)] {
        running.withLock { $0 }.map { ($0.delivery.name, $0.counts) }.sorted { $0.0 < $1.0 }
    }

    /// Asks all to end, and returns at once.
    package func askToStop() {
        for delivery in running.withLock({ $0 }) { delivery.askToStop() }
    }

    /// Returns when all have ended. A message that is under way then is given up after a second, and told again after the next start.
    package func stop() {
        askToStop()
        let deadline = DispatchTime.now() + AlarmDelivery.patience
        for delivery in running.withLock({ $0 }) { delivery.wait(until: deadline) }
    }

    /// Gives deliveries that have no place in the log the end of it, so that they miss nothing from now on.
    private func begin(_ deliveries: [Delivery], of all: [Delivery]) {
        let cursor: LogCursor
        do throws(LogReadError) {
            cursor = try LogReader(surroundings.log, from: .end).cursor
        } catch {
            // Each begins with what is recorded when it can read the log.
            return
        }
        do throws(SystemError) {
            try surroundings.file.change { entries in
                entries = entries.filter { name, _ in all.contains { $0.name == name } }
                for delivery in deliveries where entries[delivery.name]?.means != delivery.means.name {
                    entries[delivery.name] = DeliveryFile.Entry(
                        means: delivery.means.name, cursor: cursor, ledger: .emptyObject)
                }
            }
        } catch {
            surroundings.logger.report(
                .warning, nil, "What is delivered cannot be saved: \(error)", repeats: "deliveries cannot be saved",
                metadata: error.metadata)
        }
    }

    private func receiver(for delivery: Delivery) -> any AlarmReceiver {
        let timeout = Duration.seconds(delivery.timeout)
        func poster(_ url: String) -> HTTPReceiver {
            HTTPReceiver(url: url, tokenFile: delivery.bearerTokenFile, timeout: timeout)
        }
        switch delivery.means {
        case .alertmanager(let url):
            var url = url
            while url.hasSuffix("/") { url.removeLast() }
            return poster(url + "/api/v2/alerts")
        case .webhook(let url):
            return poster(url)
        case .command(let words):
            return CommandReceiver(words, timeout: timeout, logger: surroundings.logger)
        }
    }
}
