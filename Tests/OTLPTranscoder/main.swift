internal import Glibc
internal import SimdJSON
internal import TelemetryModel
internal import TelemetryOTLP

// otlp-transcoder
//
// Shows what the server makes of OTLP requests, for tests in other languages. It reads requests from its standard input until
// that ends, and answers each on its standard output:
//
//   request  signal (t, m or l), encoding (p or j), what is asked for, length (32 bits, little-endian), body
//   answer   + or -, length, text
//
// What is asked for: j is the request in OTLP's JSON form; e its events, one a line, the last line what was rejected; r is
// the document that is made from these events. The answer is - with the reason if the request is refused.
//
//   otlp-transcoder time N FILE
//
// says how long it takes to make the events of a request for traces, N times.

let parser = JSONParser(maximumDepth: OTLPRequest.jsonDepth)
let now = "2026-05-20T10:00:00.000Z"

func answer(_ signal: OTLPSignal, _ encoding: OTLPEncoding, _ question: UInt8, _ body: [UInt8]) throws(OTLPError)
    -> [UInt8]
{
    let request = try OTLPRequest(body, encoding, signal, parser: parser)
    if question == UInt8(ascii: "j") { return request.json }
    let events = try request.events()
    var lines: [UInt8] = []
    var document = OTLPDocument(signal)
    let recorded = events.requests.map { Array($0) } ?? []
    for (index, event) in recorded.enumerated() {
        let ts = event.time?.text ?? now
        document.add(ts: ts, data: event.data, meta: event.meta)
        lines +=
            TelemetryEvent(seq: UInt64(index + 1), ts: ts, type: event.type, data: event.data, meta: event.meta).json
        lines.append(UInt8(ascii: "\n"))
    }
    if question == UInt8(ascii: "r") { return document.json }
    lines += Array("{\"rejected\":\(events.rejected),\"message\":\(JSONText(string: events.message ?? ""))}".utf8)
    return lines
}

func readInput(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var position = 0
    while position < count {
        let length = bytes.withUnsafeMutableBytes { read(0, $0.baseAddress?.advanced(by: position), count - position) }
        if length <= 0 { return nil }
        position += length
    }
    return bytes
}

func writeOutput(_ bytes: [UInt8]) {
    var position = 0
    while position < bytes.count {
        let length = bytes.withUnsafeBytes { write(1, $0.baseAddress?.advanced(by: position), bytes.count - position) }
        if length <= 0 { exit(1) }
        position += length
    }
}

func writeAnswer(_ mark: UInt8, _ text: [UInt8]) {
    let length = UInt32(text.count)
    writeOutput([mark] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text)
}

if CommandLine.arguments.count == 4, let rounds = Int(CommandLine.arguments[2]) {
    guard let file = fopen(CommandLine.arguments[3], "rb") else { fatalError("no such file") }
    var body = [UInt8](repeating: 0, count: 64 << 20)
    body.removeLast(body.count - fread(&body, 1, body.count, file))
    var count = 0
    let time = try ContinuousClock().measure {
        for _ in 0..<rounds {
            let request = try OTLPRequest(body, .protobuf, .traces, parser: parser)
            count += try request.events().requests?.count ?? 0
        }
    }
    print("\(count) events in \(time): \(Int(Double(count) / (time / .seconds(1)))) a second")
    exit(0)
}

while let head = readInput(7) {
    let length = head[3...].reversed().reduce(0) { $0 << 8 | Int($1) }
    let signal: OTLPSignal? =
        switch head[0] {
        case UInt8(ascii: "t"): .traces
        case UInt8(ascii: "m"): .metrics
        case UInt8(ascii: "l"): .logs
        default: nil
        }
    guard let signal, let body = readInput(length) else { fatalError("no such signal, or no body") }
    do throws(OTLPError) {
        writeAnswer(
            UInt8(ascii: "+"), try answer(signal, head[1] == UInt8(ascii: "p") ? .protobuf : .json, head[2], body))
    } catch {
        writeAnswer(UInt8(ascii: "-"), Array(error.description.utf8))
    }
}
