import MicroHTTPD
import Testing

@testable import TelemetryServer

@Suite struct BearerTokensTests {
    private static let reader = "reader-0123456789"
    private static let writer = "writer-0123456789"
    private static let admin = "admin-0123456789a"

    private func tokens() throws -> BearerTokens {
        try BearerTokens(Array("# tokens\n\n\(Self.reader) read\r\n  \(Self.writer)\twrite\n\(Self.admin)".utf8))
    }

    private func check(_ value: String?, for access: Route.Access) throws -> HTTPError? {
        let tokens = try tokens()
        do throws(HTTPError) {
            let fields = value.map { [(name: "Authorization", value: $0)] } ?? []
            try HTTPHead.with(fields) { head throws(HTTPError) in
                try tokens.check(head.fields.authorization, for: access)
            }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (reader, [Route.Access.open, .read]), (writer, [.open, .read, .write]),
        (admin, [.open, .read, .write, .admin]),
    ])
    func whatAllowsMoreAllowsLess(token: String, allowed: [Route.Access]) throws {
        for access in [Route.Access.open, .read, .write, .admin] {
            let error = try check("Bearer \(token)", for: access)
            if allowed.contains(access) {
                #expect(error == nil)
            } else {
                #expect(error.map { if case .forbidden = $0 { true } else { false } } == true)
            }
        }
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer x", "Bearer \(reader)x", "Bearer \(reader.dropLast())", "Basic \(reader)",
        reader, "Bearer\(reader)", "Bearer \(reader) ", "Bearer \(reader),\(admin)", "Bearer # tokens",
    ])
    func anythingElseIsUnknownAndOpenRoutesDoNotCare(value: String?) throws {
        let error = try check(value, for: .read)
        #expect(error.map { if case .unauthorized = $0 { true } else { false } } == true)
        #expect(try check(value, for: .open) == nil)
        #expect(try check(value, for: .page) == nil)
    }

    @Test func whereATokenIsOptionalAWrongOneIsTold() throws {
        #expect(try check(nil, for: .optional) == nil)
        for token in [Self.reader, Self.writer, Self.admin] {
            #expect(try check("Bearer \(token)", for: .optional) == nil)
        }
        for value in ["", "Bearer x", "Bearer \(Self.reader)x", "Basic \(Self.reader)"] {
            let error = try check(value, for: .optional)
            #expect(error.map { if case .unauthorized = $0 { true } else { false } } == true, "\(value)")
        }
    }

    @Test func theSchemeMayBeWrittenInAnyCase() throws {
        #expect(try check("bEARER  \(Self.reader)", for: .read) == nil)
    }

    @Test(arguments: [
        ("", BearerTokens.Fault.empty), ("# only\n\n", .empty),
    ])
    func aFileWithoutTokensIsRefused(text: String, fault: BearerTokens.Fault) {
        #expect(throws: fault) { try BearerTokens(Array(text.utf8)) }
    }

    @Test(arguments: [
        "0123456789abcde", "0123456789abcdef rad", "0123456789abcdef read write", "0123456789abcdef\n0123456789abcdef",
        "0123456789abcdé0", "0123456789abcdef:x",
    ])
    func aFaultyLineIsNamed(text: String) {
        let error = #expect(throws: BearerTokens.Fault.self) { try BearerTokens(Array("# first\n\(text)\n".utf8)) }
        let number = text.contains("\n") ? 3 : 2
        #expect(error.map { "\($0)".hasPrefix("line \(number): ") } == true)
    }
}
