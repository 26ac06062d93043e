internal import Glibc

/// A failure of a libsystemd function: its name and the `errno` that it returned.
package struct SystemdError: Error, Equatable, CustomStringConvertible {
    package let function: String
    package let code: Int32

    package var description: String {
        "\(function): \(String(cString: strerror(code)))"
    }
}

/// Turns the negative errno that libsystemd returns into an error.
@discardableResult
func check(_ function: String, _ result: Int32) throws(SystemdError) -> Int32 {
    guard result >= 0 else { throw SystemdError(function: function, code: -result) }
    return result
}
