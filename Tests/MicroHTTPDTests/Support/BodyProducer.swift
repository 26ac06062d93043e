import Synchronization
import TestSupport

@testable import MicroHTTPD

/// A route whose answers have a produced body, and what their producers are told.
final class BodyProducer: Sendable {
    private struct State {
        var writers: [HTTPBodyWriter] = []
        var events: [HTTPBodyWriter.Event] = []
    }

    private let state = Mutex(State())
    private let change = Gate()
    private let capacity: Int
    private let path: String
    private let fields: [HTTPResponse.Field]
    private let stallTime: Int

    /// Called with each event, and the writer that it is about.
    private let react: @Sendable (HTTPBodyWriter, HTTPBodyWriter.Event) -> Void

    init(
        _ path: String = "/body", capacity: Int = 256 << 10, fields: [HTTPResponse.Field] = [], stallTime: Int = 30,
        react: @escaping @Sendable (HTTPBodyWriter, HTTPBodyWriter.Event) -> Void = { _, _ in }
    ) {
        self.path = path
        self.capacity = capacity
        self.fields = fields
        self.stallTime = stallTime
        self.react = react
    }

    var route: Route {
        Route(.get, path, stallTime: stallTime) { [self] exchange in
            exchange.answer(HTTPResponse(fields: fields, produced: makeWriter()))
        }
    }

    /// A new writer, which is kept with the others.
    func makeWriter() -> HTTPBodyWriter {
        let box = Box()
        let writer = HTTPBodyWriter(capacity: capacity) { [self] event in
            if let writer = box.writer { react(writer, event) }
            state.withLock { $0.events.append(event) }
            change.open()
        }
        box.writer = writer
        state.withLock { $0.writers.append(writer) }
        change.open()
        return writer
    }

    /// The writer of the answer of this number, once there is one.
    func writer(_ index: Int = 0) -> HTTPBodyWriter {
        while true {
            if let writer = state.withLock({ index < $0.writers.count ? $0.writers[index] : nil }) { return writer }
            change.wait()
        }
    }

    /// What the producers were told so far.
    ///
    /// Copied under the lock: of an array that is shared and then is not, ThreadSanitizer does not see by which reference
    /// that was so.
    var events: [HTTPBodyWriter.Event] { state.withLock { $0.events.map { $0 } } }

    /// Returns when an event has come this many times.
    func wait(for event: HTTPBodyWriter.Event, count: Int = 1) {
        while events.filter({ $0 == event }).count < count { change.wait() }
    }

    /// Lets go of all writers.
    func forget() {
        let writers = state.withLock { state in
            defer { state.writers = [] }
            return state.writers
        }
        withExtendedLifetime(writers) {}
    }

    private final class Box: @unchecked Sendable {  // Written before the writer is given to anybody.
        weak var writer: HTTPBodyWriter?
    }
}

extension HTTPBodyWriter {
    @discardableResult
    func write(_ text: String) -> Outcome { write(Array(text.utf8)) }
}

/// An answer as it came in.
struct ChunkedAnswer: Equatable {
    var head = ""
    var body = ""
    var trailers = ""

    /// Whether the last chunk came, and the end of the trailers.
    var isComplete = false

    init(_ text: String) {
        let bytes = Array(text.utf8)
        guard let end = text.utf8.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
        head = String(text[..<end.lowerBound])
        var place = text.utf8.distance(from: text.utf8.startIndex, to: end.upperBound)
        var content: [UInt8] = []
        defer { body = String(decoding: content, as: UTF8.self) }
        while let line = bytes[place...].firstIndex(of: UInt8(ascii: "\r")) {
            guard let length = Int(String(decoding: bytes[place..<line], as: UTF8.self), radix: 16) else { return }
            place = min(line + 2, bytes.count)
            if length == 0 {
                trailers = String(decoding: bytes[place...], as: UTF8.self)
                isComplete = trailers.hasSuffix("\r\n")
                return
            }
            let next = min(place + length, bytes.count)
            content += bytes[place..<next]
            place = min(next + 2, bytes.count)
        }
    }
}
