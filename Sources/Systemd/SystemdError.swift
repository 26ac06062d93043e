internal import Glibc

/// A failed call of libsystemd: the function's name and the `errno` that it returned.
package struct SystemdError: Error, Equatable, CustomStringConvertible {
    package let function: String
    package let code: Int32

    package var description: String {
        "\(function): \(String(cString: strerror(code)))"
    }
}

/// Throws if `result` is a negative errno, as libsystemd returns it.
@discardableResult
func check(_ function: String, _ result: Int32) throws(SystemdError) -> Int32 {
    guard result >= 0 else { throw SystemdError(function: function, code: -result) }
    return result
}
