import TelemetryOTLP
import Testing

@Suite struct OTLPResponseTests {
    private func json(_ response: OTLPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func aSuccessIsAnEmptyMessage() {
        #expect(OTLPResponse(.traces, .protobuf).body == [])
        #expect(json(OTLPResponse(.traces, .json)) == "{}")
    }

    @Test func aPartialSuccessSaysHowManyWereRejectedAndWhy() {
        #expect(
            OTLPResponse(.traces, .protobuf, rejected: 300, message: "no").body
                == Wire.field(1, Wire.field(1, 300), Wire.field(2, "no")))
        #expect(
            json(OTLPResponse(.traces, .json, rejected: 300, message: "no"))
                == #"{"partialSuccess":{"rejectedSpans":"300","errorMessage":"no"}}"#)
        #expect(json(OTLPResponse(.metrics, .json, rejected: 1)) == #"{"partialSuccess":{"rejectedDataPoints":"1"}}"#)
        #expect(json(OTLPResponse(.logs, .json, rejected: 1)) == #"{"partialSuccess":{"rejectedLogRecords":"1"}}"#)
    }

    @Test func aWarningRejectsNothing() {
        #expect(OTLPResponse(.logs, .protobuf, message: "hm").body == Wire.field(1, Wire.field(2, "hm")))
        #expect(json(OTLPResponse(.logs, .json, message: "\"")) == #"{"partialSuccess":{"errorMessage":"\""}}"#)
    }

    @Test func aRefusalIsAStatus() {
        #expect(
            OTLPResponse(.invalidArgument, "no", .protobuf).body == Wire.field(1, 3) + Wire.field(2, "no"))
        #expect(json(OTLPResponse(.unavailable, "later", .json)) == #"{"code":14,"message":"later"}"#)
    }
}
