internal import TelemetryClient

extension PostCommand {
    /// Posts the lines of a file in batches, and stops at the first batch that is not accepted.
    func postBatches(of path: String) {
        var file = BatchFile(path)
        let progress = ProgressBar()
        if let size = file.size { progress.expect(bytes: size) }
        var events: UInt64 = 0
        while let lines = file.next() {
            // Only blank lines: there is nothing to post.
            if lines.text.allSatisfy({ [0x0A, 0x0D, 0x20, 0x09].contains($0) }) { continue }
            let recorded = post(lines) { error in
                progress.end()
                ClientOptions.fail(error, after: Self.summary(events, before: lines, error))
            }
            events += recorded.accepted
            if file.size != nil { progress.advance(bytes: Int64(lines.text.count)) }
            if options.json {
                progress.end()
                Output.print(recorded.json)
            }
        }
        progress.end()
        if !options.json { Output.print("\(events) event\(events == 1 ? "" : "s") recorded") }
    }

    private func post(
        _ lines: BatchFile.Batch, onFailure fail: (TelemetryClientError) -> Never
    ) -> TelemetryBatch {
        let client = options.client
        let result = Waiting.result { () async throws(TelemetryClientError) in
            try await client.postEvents(lines: lines.text, firstLine: lines.firstLine)
        }
        do throws(TelemetryClientError) {
            return try result.get()
        } catch {
            fail(error)
        }
    }

    /// What has been recorded when a batch fails.
    private static func summary(
        _ events: UInt64, before lines: BatchFile.Batch, _ error: TelemetryClientError
    ) -> String {
        let recorded = "\(events) event\(events == 1 ? "" : "s") before \(lines.description) recorded"
        switch error {
        case .refused, .unreachable, .noLibrary: return "\(recorded), none after"
        case .interrupted, .timedOut, .cancelled, .malformedAnswer, .answerTooLong:
            return "\(recorded); \(lines.description) maybe, none after"
        }
    }
}
