extension ListenSocket {
    /// Whether clients on other machines may connect: the address is neither a loopback one nor that of a unix socket.
    package var isExposed: Bool {
        guard let address = SocketAddress.local(of: descriptor) else { return true }
        return address.with { address, _ in SocketAddress.isLoopback(address) ? 1 : 0 } == 0
    }
}
