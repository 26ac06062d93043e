/// How large the current view may become.
package struct CurrentViewLimits: Sendable, Hashable {
    /// Event types.
    package var types = 4_096

    /// All events together, in bytes.
    package var length = 64 << 20

    package init() {}
}
