internal import TOML

/// Reads a limits file; `docs/alarms.md` describes the format.
package struct LimitsFile {
    /// Why a file cannot be used: all faults of it, in their order.
    package struct Faults: Error, Equatable {
        package let faults: [LimitsFault]
    }

    var configuration = LimitsConfiguration()
    private var faults: [LimitsFault] = []
    private var names: [String: TOMLPosition] = [:]

    private init() {}

    /// - Throws: ``Faults``, at least one.
    package static func read(_ text: String) throws(Faults) -> LimitsConfiguration {
        let document: TOMLDocument
        do throws(TOMLSyntaxError) {
            document = try TOMLDocument(text)
        } catch {
            throw Faults(faults: [LimitsFault(position: error.position, reason: error.reason)])
        }
        var file = LimitsFile()
        file.read(document.root)
        if !file.faults.isEmpty { throw Faults(faults: file.faults.sorted { $0.position < $1.position }) }
        return file.configuration
    }

    private mutating func read(_ root: TOMLValue) {
        var reader = TableReader(root, title: "the file")
        for value in reader.tables("limit") { readLimit(TableReader(value, title: "[[limit]]")) }
        for value in reader.tables("silence") { readSilence(TableReader(value, title: "[[silence]]")) }
        for value in reader.tables("level") { readLevel(TableReader(value, title: "[[level]]")) }
        for value in reader.tables("metric") { readMetric(value) }
        if let deliveries = reader.value("delivery") {
            if case .table(let members) = deliveries.kind {
                for member in members {
                    readDelivery(member.name, TableReader(member.value, title: "[delivery.\(member.name)]"))
                }
            } else {
                reader.fault(at: deliveries.position, "a delivery has a name: [delivery.NAME]")
            }
        }
        reader.refuseOthers()
        faults += reader.faults
    }

    mutating func finish(_ reader: TableReader) {
        var reader = reader
        reader.refuseOthers()
        faults += reader.faults
    }

    private mutating func settings(_ reader: inout TableReader) -> AlarmSettings {
        let name = reader.required("name") { $0.string($1) } ?? ""
        if let position = reader.value("name")?.position, !name.isEmpty {
            if name.utf8.count > 128 { reader.fault(at: position, "'name' should have at most 128 bytes") }
            if let other = names.updateValue(position, forKey: name) {
                reader.fault(at: position, "there is an alarm '\(name)' already, at \(other)")
            }
        } else if let value = reader.value("name"), case .string = value.kind {
            reader.fault(at: value.position, "'name' should not be empty")
        }
        var settings = AlarmSettings(name: name)
        settings.summary = reader.string("summary")
        settings.isLatched = reader.boolean("latched") ?? false
        settings.needsRun = reader.boolean("during_run") ?? false
        for label in reader.labels("labels") { settings.labels[label.name] = label.text }
        return settings
    }

    private mutating func readLimit(_ table: TableReader) {
        var reader = table
        defer { finish(reader) }
        let settings = settings(&reader)
        let type = reader.required("type") { $0.string($1) } ?? ""
        var limit = RangeLimit(
            settings: settings, type: type, field: reader.required("field") { $0.string($1) } ?? "", bounds: [:])
        for severity in Severity.allCases {
            guard let value = reader.value(severity.description) else { continue }
            limit.bounds[severity] = bound(value, severity, &reader)
        }
        if Severity.allCases.allSatisfy({ reader.value($0.description) == nil }) {
            reader.fault("[[limit]] needs at least one of 'watch', 'warning' and 'critical'")
        }
        limit.patience = patience(&reader)
        limit.changeOver = reader.duration("change_over")
        limit.missing = unknown("missing", &reader) ?? .ignored
        limit.staleAfter = reader.duration("stale_after")
        limit.stale = unknown("stale", &reader) ?? .alarm(.warning)
        if let value = reader.value("stale"), limit.staleAfter == nil {
            reader.fault(at: value.position, "'stale' needs 'stale_after'")
        }
        limit.enabledWhen = enabling(type, &reader)
        configuration.ranges.append(limit)
    }

    private func bound(_ value: TOMLValue, _ severity: Severity, _ reader: inout TableReader) -> Bound {
        var table = TableReader(value, title: "'\(severity)'")
        var bound = Bound()
        bound.above = table.number("above")
        bound.below = table.number("below")
        bound.words = Set(table.strings("is") ?? [])
        readClear(&bound, &table)
        if bound.above == nil, bound.below == nil, bound.words.isEmpty, table.faults.isEmpty {
            table.fault("'\(severity)' needs 'above', 'below' or 'is'")
        }
        if let above = bound.above, let below = bound.below, below >= above {
            table.fault("every number is below \(below) or above \(above)")
        }
        table.refuseOthers()
        reader.adopt(table)
        return bound
    }

    /// `clear` is a number where there is one edge, and two, the lower one first, where there are two.
    private func readClear(_ bound: inout Bound, _ table: inout TableReader) {
        guard let value = table.value("clear") else { return }
        switch (bound.below, bound.above) {
        case (nil, let above?):
            bound.clearAbove = table.number("clear")
            if let clear = bound.clearAbove, clear > above {
                table.fault(at: value.position, "'clear' should not be above 'above'")
            }
        case (let below?, nil):
            bound.clearBelow = table.number("clear")
            if let clear = bound.clearBelow, clear < below {
                table.fault(at: value.position, "'clear' should not be below 'below'")
            }
        case (let below?, let above?):
            guard case .array(let edges) = value.kind, edges.count == 2, let low = edges[0].number,
                let high = edges[1].number, below <= low, low <= high, high <= above
            else {
                table.fault(
                    at: value.position, "'clear' should be two numbers within the limits, such as [\(below), \(above)]")
                return
            }
            (bound.clearBelow, bound.clearAbove) = (low, high)
        case (nil, nil):
            table.fault(at: value.position, "'clear' goes with 'above' or 'below'")
        }
    }

    private func patience(_ reader: inout TableReader) -> RangeLimit.Patience {
        guard let value = reader.value("for") else { return .atOnce }
        switch value.kind {
        case .integer(let count) where (1...1_000_000).contains(count): return .times(Int(count))
        case .string(let text):
            if let seconds = TableReader.seconds(text) { return .seconds(seconds) }
        default: break
        }
        reader.fault(
            at: value.position, "'for' should be a duration such as \"10s\", or how many times in a row, such as 3")
        return .atOnce
    }

    private func unknown(_ name: String, _ reader: inout TableReader) -> RangeLimit.Unknown? {
        guard let value = reader.value(name) else { return nil }
        if case .string(let text) = value.kind {
            if text == "ok" { return .ignored }
            if text == "alarm" { return .alarm(.warning) }
            if let severity = Severity(text) { return .alarm(severity) }
        }
        reader.fault(
            at: value.position,
            "'\(name)' should be \"ok\", \"alarm\" (a warning), \"watch\", \"warning\" or \"critical\"")
        return nil
    }

    private func enabling(_ type: String, _ reader: inout TableReader) -> RangeLimit.Enabling? {
        guard let value = reader.value("enabled_when") else { return nil }
        if case .string = value.kind {
            return reader.expression("enabled_when").map { RangeLimit.Enabling(type: type, condition: $0) }
        }
        var table = TableReader(value, title: "'enabled_when'")
        let other = table.string("type") ?? type
        let condition = table.required("that") { $0.expression($1) }
        table.refuseOthers()
        reader.adopt(table)
        return condition.map { RangeLimit.Enabling(type: other, condition: $0) }
    }

    private mutating func readSilence(_ table: TableReader) {
        var reader = table
        defer { finish(reader) }
        let settings = settings(&reader)
        let type = reader.required("type") { $0.string($1) } ?? ""
        var silence = Silence(settings: settings, type: type, after: reader.required("after") { $0.duration($1) } ?? 0)
        silence.severity = reader.severity("severity") ?? .warning
        configuration.silences.append(silence)
    }
}

extension LimitsFile {
    private mutating func readLevel(_ table: TableReader) {
        var reader = table
        defer { finish(reader) }
        let settings = settings(&reader)
        let type = reader.required("type") { $0.string($1) } ?? ""
        let good = reader.required("good") { $0.expression($1) }
        let target = target(&reader)
        let window = minutes("window", of: &reader) ?? 28 * 1_440
        if window > 92 * 1_440, let value = reader.value("window") {
            reader.fault(at: value.position, "'window' should be at most 92 days")
        }
        let minimumEvents = reader.count("min_events", in: 1...1_000_000_000) ?? 10
        let burns =
            reader.value("burn") == nil
            ? ServiceLevel.usualBurns(window: window).filter { $0.factor < 1 / (1 - target) }
            : reader.tables("burn").compactMap { burn($0, target: target, window: window, &reader) }
        if burns.isEmpty, reader.faults.isEmpty {
            reader.fault("no usual burn rate fits this 'target' and 'window': name them in [[level.burn]] tables")
        }
        guard let good else { return }
        configuration.levels.append(
            ServiceLevel(
                settings: settings, type: type, good: good, target: target, window: window, burns: burns,
                minimumEvents: minimumEvents))
    }

    /// In per cent in the file.
    private func target(_ reader: inout TableReader) -> Double {
        guard let percent = reader.required("target", { $0.number($1) }) else { return 0.5 }
        if percent > 0, percent < 100 { return percent / 100 }
        reader.fault(
            at: reader.value("target")?.position,
            "'target' is a percentage between 0 and 100, such as 99.5; of 100 there is no budget")
        return 0.5
    }

    private func minutes(_ name: String, of reader: inout TableReader) -> Int? {
        guard let seconds = reader.duration(name) else { return nil }
        let minutes = seconds / 60
        if minutes == minutes.rounded(), minutes < 1e7 { return Int(minutes) }
        reader.fault(at: reader.value(name)?.position, "'\(name)' should be whole minutes")
        return nil
    }

    private func burn(
        _ value: TOMLValue, target: Double, window: Int, _ reader: inout TableReader
    ) -> ServiceLevel.Burn? {
        var table = TableReader(value, title: "[[level.burn]]")
        defer { reader.adopt(table) }
        func required(_ name: String) -> Int? {
            if table.value(name) == nil { table.fault("[[level.burn]] needs '\(name)'") }
            return minutes(name, of: &table)
        }
        let (long, short) = (required("long"), required("short"))
        let factor = table.required("factor") { $0.number($1) }
        let severity = table.severity("severity") ?? .critical
        table.refuseOthers()
        guard let long, let short, let factor else { return nil }
        if short >= long || long > window {
            table.fault("'short' should be shorter than 'long', and 'long' not longer than the level's window")
        }
        // Rounded, or 1 / (1 - 0.9) would be a little more than 10.
        let most = (1e6 / (1 - target)).rounded() / 1e6
        if factor <= 0 || factor >= most {
            table.fault(
                at: table.value("factor")?.position,
                "'factor' should be above 0 and below \(most): even if all events are bad nothing burns faster than that"
            )
        }
        return ServiceLevel.Burn(long: long, short: short, factor: factor, severity: severity)
    }
}
