internal import Glibc
internal import TelemetryClient
internal import TelemetryModel

/// Shows the latest events until a signal stops it: redrawn in place on a terminal, otherwise printed as they change.
struct CurrentFollower {
    let view: CurrentView
    let isJSON: Bool
    private let feed: CurrentFeed
    private var screen: Screen?

    /// By the bytes of the type: Swift treats canonically equivalent strings as equal.
    private var shown: [[UInt8]: TelemetryEvent] = [:]
    private var isLost = false

    /// - Parameters:
    ///   - type: the only one that is shown; nil for all.
    ///   - maximumAge: leaves out what is older or ahead of the clock.
    init(
        _ client: TelemetryClient, _ view: CurrentView, type: String?, maximumAge: Duration?, isJSON: Bool
    ) {
        self.view = view
        self.isJSON = isJSON
        // Answers are announced with SIGUSR1, so that one wait covers them and the signals.
        feed = CurrentFeed(
            client, type: type, maximumAge: maximumAge, interval: .seconds(view.interval ?? 1),
            onAnswer: { SignalQueue.post(SIGUSR1) })
    }

    /// Returns after SIGINT, SIGTERM or SIGHUP.
    ///
    /// - Throws: the failure of the first request. Later failures are shown, and the server is asked again.
    mutating func run() throws(TelemetryClientError) {
        var signals = SignalQueue([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH, SIGUSR1])
        feed.start()
        defer { screen?.close() }
        while true {
            switch signals.next() {
            case SIGINT, SIGTERM, SIGHUP: return
            case SIGTSTP: suspend()
            default: Output.endIfNobodyReads()
            }
            let state = feed.latest
            if state.events == nil, let failure = state.failure { throw failure.error }
            guard state.events != nil else { continue }
            show(state)
        }
    }

    /// Ctrl-Z: restores the terminal for the shell, and stops the process until it is continued.
    private mutating func suspend() {
        screen?.close()
        kill(getpid(), SIGSTOP)
        screen?.open()
    }

    private mutating func show(_ state: CurrentFeed.State) {
        guard Output.isScreen && !isJSON else {
            print(state)
            return
        }
        if screen == nil {
            screen = Screen()
            screen?.open()
        }
        let size = Screen.size
        screen?.draw(view.frame(state, size), on: size)
    }

    /// Prints what has changed.
    private mutating func print(_ state: CurrentFeed.State) {
        if let failure = state.failure, !isLost {
            Output.note("\(failure.error). Trying again until it answers")
        } else if state.failure == nil, isLost {
            Output.note("\(view.address) answers again")
        }
        isLost = state.failure != nil
        for event in state.events ?? [] where shown[Array(event.type.utf8)] != event {
            shown[Array(event.type.utf8)] = event
            if isJSON {
                Output.print(JSONText(validated: event.json).eventMarkedIfAhead())
            } else {
                for line in EventView(event, staleAfter: view.staleAfter).plain { Output.print(line.plain) }
            }
        }
    }
}
