internal import Glibc
internal import TelemetryModel
internal import TelemetryFiles
internal import TelemetryStore

/// Shows the progress of long work on standard error: bytes, rate and the time left.
///
/// It appears on a terminal only, and only if the work takes longer than a second.
final class ProgressBar: ProgressObserver {
    private static let delay = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 20

    private let isEnabled = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var nextDrawing = ContinuousClock.now + ProgressBar.delay
    private var expected: Int64 = 0
    private var done: Int64 = 0

    /// The width of the last drawing, in columns.
    private var drawnWidth = 0

    func expect(bytes: Int64) {
        expected += bytes
    }

    func advance(bytes: Int64) {
        done += bytes
        guard isEnabled else { return }
        let now = ContinuousClock.now
        guard now >= nextDrawing else { return }
        nextDrawing = now + Self.interval
        draw(text(after: now - start))
    }

    /// Removes the bar. Call it before anything else is printed.
    func end() {
        guard drawnWidth > 0 else { return }
        draw("")
        write("\r")
    }

    /// ` 43% [########------------] 1.2 GB of 2.9 GB, 210.4 MB/s, 0:08 left`
    private func text(after elapsed: Duration) -> String {
        let share = expected > 0 ? min(1, Double(done) / Double(expected)) : 0
        let percent = String(Int(share * 100))
        let filled = Int(share * Double(Self.barWidth))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.barWidth - filled)
        let rate = Double(done) / (elapsed / .seconds(1))
        var text = String(repeating: " ", count: 3 - percent.utf8.count) + "\(percent)% [\(bar)] "
        text += "\(ByteCount(done)) of \(ByteCount(expected)), \(ByteCount(Int64(rate)))/s"
        if rate > 0 { text += ", \(Self.minutes(Int64(Double(max(0, expected - done)) / rate))) left" }
        return text
    }

    private static func minutes(_ seconds: Int64) -> String {
        let rest = seconds % 60
        return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Replaces the last line, without escape sequences, which not all terminals support.
    private func draw(_ text: String) {
        let line = String(text.prefix(Self.columns - 1))
        write("\r" + line + String(repeating: " ", count: max(0, drawnWidth - line.utf8.count)))
        drawnWidth = line.utf8.count
    }

    private static var columns: Int {
        var size = winsize()
        let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        return isKnown ? Int(size.ws_col) : 80
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
