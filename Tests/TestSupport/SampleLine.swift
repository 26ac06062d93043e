package import TelemetryModel

/// A sound line, without its newline.
package func sample(_ seq: UInt64, _ stream: EventStream = .site, runID: String? = nil) -> String {
    let meta = runID.map { #"{"run_id":"\#($0)"}"# } ?? "{}"
    return #"{"seq":\#(seq),"ts":"2026-05-20T10:00:00.000Z","stream":"\#(stream.rawValue)","type":"weather","#
        + #""data":{"sky":"clear"},"meta":\#(meta)}"#
}
