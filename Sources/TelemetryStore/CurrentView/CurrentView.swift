internal import Synchronization
package import TelemetryModel

/// The latest committed event of each type, in the order in which the types were first seen.
package final class CurrentView: Sendable {
    /// An event as it is answered.
    package struct Item: Sendable {
        package let json: [UInt8]
        package let time: Timestamp
    }

    struct Entry: Sendable {
        let type: String

        /// The latest event that is in a file.
        var stored: Item?

        /// A later event that is in no file.
        var ephemeral: Item?

        var latest: Item? { ephemeral ?? stored }
    }

    /// How far the files have been taken in.
    struct Positions: Sendable {
        var site = StreamPosition()
        var run = StreamPosition()

        /// The run that is being replaced by the one at `run`, which is active only once its `run.json` says so.
        var replaced = StreamPosition()
    }

    struct Contents: Sendable {
        var entries: [Entry] = []
        var positions = Positions()
    }

    fileprivate struct State {
        var contents = Contents()

        /// By the bytes of the type: Swift holds canonically equivalent strings to be equal, JSON does not.
        var indices: [[UInt8]: Int] = [:]

        /// All that is current as JSON; nil when it was not asked for since the last change.
        var rendering: CurrentRendering?
    }

    private let state = Mutex(State())

    init() {}

    /// Begins with what a checkpoint kept.
    func restore(_ contents: Contents) {
        state.withLock { state in
            state.contents = contents
            state.rendering = nil
            state.indices = [:]
            for (index, entry) in contents.entries.enumerated() { state.indices[Array(entry.type.utf8)] = index }
        }
    }

    /// All that is current, and how far the files have been taken in.
    var contents: Contents { state.withLock { $0.contents } }

    /// Takes in a committed event. Call it in the order of the events.
    func publish(_ event: CommittedEvent) {
        state.withLock { $0.publish(event) }
    }

    /// Takes in so many committed events, in their order.
    func publish(_ count: Int, _ event: (Int) -> CommittedEvent) {
        state.withLock { state in
            for index in 0..<count { state.publish(event(index)) }
        }
    }

    /// Takes in committed events, in their order.
    func publish(_ events: some Sequence<CommittedEvent>) {
        state.withLock { state in
            for event in events { state.publish(event) }
        }
    }

    /// Turns to another file.
    func move(_ stream: EventStream, to position: StreamPosition) {
        state.withLock { state in
            switch stream {
            case .site: state.contents.positions.site = position
            case .run: state.contents.positions.run = position
            }
        }
    }

    /// Names the run that is being replaced.
    func replace(_ position: StreamPosition) {
        state.withLock { $0.contents.positions.replaced = position }
    }

    /// Takes note of a sequence number that was given out.
    func raise(_ stream: EventStream, to seq: UInt64) {
        state.withLock { state in
            switch stream {
            case .site: state.contents.positions.site.seq = max(state.contents.positions.site.seq, seq)
            case .run: state.contents.positions.run.seq = max(state.contents.positions.run.seq, seq)
            }
        }
    }

    /// The latest event of a type; nil when there is none.
    package func item(_ type: String) -> Item? {
        state.withLock { state in state.indices[Array(type.utf8)].flatMap { state.contents.entries[$0].latest } }
    }

    /// The latest event of each type as a JSON object, `{"current":{type:event}}`.
    ///
    /// - Parameter earliest: leaves out what happened before.
    package func rendering(since earliest: Timestamp? = nil) -> CurrentRendering {
        state.withLock { state in
            if earliest != nil { return CurrentRendering(state.contents.entries, since: earliest) }
            if let rendering = state.rendering { return rendering }
            let rendering = CurrentRendering(state.contents.entries)
            state.rendering = rendering
            return rendering
        }
    }
}

extension CurrentView.State {
    fileprivate mutating func publish(_ event: CommittedEvent) {
        switch event.stream {
        case .site: contents.positions.site.advance(over: event)
        case .run: contents.positions.run.advance(over: event)
        }
        guard let value = event.value else { return }
        rendering = nil
        let index = index(of: value)
        if event.end == nil {
            contents.entries[index].ephemeral = value.item
        } else {
            contents.entries[index].stored = value.item
            contents.entries[index].ephemeral = nil
        }
    }

    fileprivate mutating func index(of value: CommittedEvent.Value) -> Int {
        if let number = value.number, number < contents.entries.count { return number }
        let key = Array(value.type.utf8)
        if let index = indices[key] { return index }
        let index = contents.entries.count
        contents.entries.append(CurrentView.Entry(type: value.type))
        indices[key] = index
        return index
    }
}

/// An event that has been recorded, as the current view takes it in; or several that were recorded at once.
struct CommittedEvent: Sendable {
    struct Value: Sendable {
        let type: String

        /// The number of the type, when it is known: types are numbered in the order in which they first become current.
        var number: Int?

        let item: CurrentView.Item
    }

    let stream: EventStream
    let seq: UInt64

    /// Where its line ends in its file, in bytes; nil when it is ephemeral.
    let end: Int64?

    /// How many lines of the file it stands for.
    let lines: UInt64

    /// What becomes current with it; nil when nothing does.
    let value: Value?
}

/// How far a stream has been taken in.
struct StreamPosition: Sendable, Hashable {
    /// The file's name in the site directory, or the run's directory; empty when there is none.
    var place = ""

    /// In bytes.
    var offset: Int64 = 0
    var seq: UInt64 = 0

    /// How many events the file holds up to the offset.
    var events: UInt64 = 0

    mutating func advance(over event: CommittedEvent) {
        seq = max(seq, event.seq)
        if let end = event.end {
            offset = max(offset, end)
            events += event.lines
        }
    }
}
