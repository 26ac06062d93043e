/// How large the parts of a request may be.
package struct RequestLimits: Sendable, Hashable {
    /// How deep objects and arrays may be nested, the outermost included.
    package var jsonDepth = 64

    /// The longest `meta`, in bytes without blanks.
    package var metaLength = 64 << 10

    package init() {}
}
