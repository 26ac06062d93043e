internal import Logging
internal import Synchronization

/// A program that is run for each message, with it as a line on standard input. It has taken the message when its exit status is 0.
final class CommandReceiver: AlarmReceiver {
    /// A program that fails is as likely to be wrong as unlucky.
    let maximumAttempts: Int? = 5
    private let words: [String]
    private let timeout: Duration
    private let logger: Logger
    private let isCancelled = Atomic(false)

    /// - Parameter words: the absolute path of the program, and its arguments.
    init(_ words: [String], timeout: Duration, logger: Logger) {
        self.words = words
        self.timeout = timeout
        self.logger = logger
    }

    func tell(_ message: [UInt8]) -> DeliveryOutcome {
        let result = ChildProcess.run(words, input: message + [UInt8(ascii: "\n")], timeout: timeout) {
            isCancelled.load(ordering: .relaxed)
        }
        var output = String(decoding: result.output, as: UTF8.self)
        while output.last?.isNewline ?? false { output.removeLast() }
        let said = output.isEmpty ? "" : ": \(output)"
        switch result.ending {
        case .exited(0):
            if !output.isEmpty { logger.info("\(words[0])\(said)") }
            return .taken
        case .exited(let status): return .failed("\(words[0]) ended with status \(status)\(said)")
        case .signalled(let number): return .failed("\(words[0]) was ended by signal \(number)\(said)")
        case .timedOut: return .failed("\(words[0]) was killed after \(timeout)\(said)")
        case .cancelled: return .failed("\(words[0]) was killed, as the server stops or has other limits")
        case .failed(let function, let reason): return .failed("\(words[0]): \(function): \(reason)")
        }
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}
