import Glibc
import TelemetryStore
import TestSupport
import Testing

@testable import TelemetryDelivery

struct ReceiverTests {
    private let directory = TemporaryDirectory()

    private func script(_ text: String) throws -> String {
        let path = "\(directory.path)/script"
        try directory.write("#!/bin/sh\n\(text)\n", to: "script")
        #expect(chmod(path, 0o700) == 0)
        return path
    }

    private func run(
        _ words: [String], _ input: String = "{}", timeout: Duration = .seconds(600)
    ) -> ChildProcess.Result {
        ChildProcess.run(words, input: Array(input.utf8), timeout: timeout, isCancelled: { false })
    }

    private func text(_ result: ChildProcess.Result) -> String { String(decoding: result.output, as: UTF8.self) }

    @Test func aProgramGetsItsArgumentsAsTheyStandAndTheMessageAsItsInput() {
        let result = run(["/bin/sh", "-c", "cat; printf '|%s' \"$@\"", "sh", "a b", "$HOME;`id`", "*"], #"{"a":1}"#)
        #expect(result.ending == .exited(0))
        #expect(text(result) == #"{"a":1}|a b|$HOME;`id`|*"#)
    }

    @Test func aProgramIsNotToldTheServersEnvironmentAndHasNoneOfItsFiles() {
        setenv("TELEMETRY_TEST_SECRET", "hunter2", 1)
        let result = run(["/bin/sh", "-c", "env; ls /proc/self/fd | wc -l; pwd"])
        #expect(!text(result).contains("hunter2"))
        // Standard input, output and error, and that of ls.
        #expect(text(result).hasSuffix("\n4\n/\n"))
    }

    @Test func aLongMessageThatNobodyReadsIsNoFault() {
        #expect(run(["/bin/true"], String(repeating: "x", count: 1 << 20)).ending == .exited(0))
    }

    @Test func howAProgramEndsIsTold() {
        #expect(run(["/bin/sh", "-c", "exit 3"]).ending == .exited(3))
        #expect(run(["/bin/sh", "-c", "kill -TERM $$"]).ending == .signalled(SIGTERM))
        #expect(run(["/nowhere/program"]).ending == .failed("posix_spawn", "No such file or directory"))
    }

    @Test func aProgramThatTakesTooLongIsKilledWithWhatItHasStarted() {
        let result = run(["/bin/sh", "-c", "echo begun; sleep 1000 & sleep 1000"], timeout: .seconds(1))
        #expect(result.ending == .timedOut)
        #expect(text(result) == "begun\n")
    }

    @Test func aProgramThatIsNotWantedAnyMoreIsKilled() {
        let result = ChildProcess.run(
            ["/bin/sleep", "1000"], input: [], timeout: .seconds(600), isCancelled: { true })
        #expect(result.ending == .cancelled)
    }

    @Test func theBeginningOfALongOutputIsKept() {
        let result = run(["/bin/sh", "-c", "yes | head -c 1000000"])
        #expect(result.ending == .exited(0))
        #expect(result.output.count == ChildProcess.maximumOutput)
    }

    @Test func whatAProgramLeavesBehindDoesNotHoldUpAnybody() throws {
        let result = run([try script("echo done; sleep 1000 & echo $! > \(directory.path)/child")])
        #expect(result.ending == .exited(0))
        let child = try directory.text(of: "child").split(separator: "\n")[0]
        #expect(kill(try #require(pid_t(child)), SIGKILL) == 0)
    }

    @Test(arguments: [
        (200, "", DeliveryOutcome.taken), (204, "", .taken),
        (302, "", .failed("status 302; redirects are not followed")),
        (400, "no", .refused("status 400: no")), (401, "", .refused("status 401")), (404, "", .refused("status 404")),
        (408, "", .failed("status 408")), (429, "slow", .failed("status 429: slow")),
        (500, "", .failed("status 500")), (503, "", .failed("status 503")),
    ])
    func aStatusTellsWhetherAMessageIsTaken(status: Int, detail: String, outcome: DeliveryOutcome) {
        #expect(HTTPReceiver.outcome(of: status, detail: detail) == outcome)
    }

    @Test(arguments: [
        ("secret", "secret"), (" secret \n", "secret"), ("", nil), ("\n", nil), ("two words", nil), ("a\r\nX: y", nil),
        ("\u{0}", nil), ("é", nil),
    ])
    func aTokenIsOneWord(text: String, token: String?) {
        #expect(HTTPReceiver.token(in: Array(text.utf8)) == token)
    }

    @Test func aTokenThatCannotBeReadIsToldAndTriedAgain() throws {
        func outcome() -> DeliveryOutcome {
            HTTPReceiver(
                url: "http://127.0.0.1:1", tokenFile: "\(directory.path)/token", timeout: .seconds(600)
            ).tell([])
        }
        #expect(outcome() == .failed("\(directory.path)/token: No such file or directory"))
        try directory.write("two words", to: "token")
        chmod("\(directory.path)/token", 0o600)
        #expect(outcome() == .failed("\(directory.path)/token should hold a token: one line of printable ASCII"))
        chmod("\(directory.path)/token", 0o604)
        guard case .failed(let reason) = outcome() else { return #expect(Bool(false)) }
        #expect(reason.contains("every user may use it"))
    }

    @Test func whereNobodyListensAMessageIsNotTaken() {
        let outcome = HTTPReceiver(url: "http://127.0.0.1:1/x", tokenFile: nil, timeout: .seconds(600)).tell([])
        guard case .failed(let reason) = outcome else { return #expect(Bool(false)) }
        #expect(reason.contains("127.0.0.1"))
    }
}
