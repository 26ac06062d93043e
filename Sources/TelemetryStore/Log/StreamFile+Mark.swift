internal import TelemetryModel

extension StreamFile {
    /// The watermark of the file: the previous one if the file has not changed, otherwise a new one.
    func mark(after last: CommittedLog.Mark, place: String, run: RunSpan? = nil) -> CommittedLog.Mark {
        let watermark = last.watermark
        if watermark.place == place, last.file === log?.file, watermark.run?.order == run?.order { return last }
        return (
            Watermark(place: place, file: log?.file, run: run, start: .init(end: log?.length ?? 0, seq: lastSeq)),
            log?.file
        )
    }
}

extension RunStream {
    /// The watermark of the run's file.
    func mark(after last: CommittedLog.Mark) -> CommittedLog.Mark {
        file.mark(after: last, place: run.directory, run: RunSpan(run, directory: run.directory))
    }
}
