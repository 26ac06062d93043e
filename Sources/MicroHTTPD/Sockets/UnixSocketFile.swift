internal import Glibc

/// The file by which clients find a unix socket. It stays on disk when its server is killed.
struct UnixSocketFile {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// What stands at the path now.
    fileprivate init(at path: String) throws(SocketError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .last("lstat", path) }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the file, unless another one has taken its place.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, (status.st_dev, status.st_ino) == (device, inode) else { return }
        unlink(path)
    }
}

extension ListenSocket {
    /// Binds a unix socket and makes its file; that of a server that is dead is replaced.
    ///
    /// - Parameters:
    ///   - path: at most 107 bytes (`unix(7)`).
    ///   - mode: who may connect: the permission bits of the file, whatever the umask is.
    /// - Throws: ``SocketError``; its ``SocketError/isAddressInUse`` holds when another server answers at the path, or when
    ///   what stands there is no socket, which is left alone.
    package static func bind(unixSocket path: String, mode: UInt32) throws(SocketError) -> ListenSocket {
        let address = try SocketAddress(unixSocket: path)
        let descriptor = try SocketAddress.socket(AF_UNIX, path)
        do throws(SocketError) {
            // Until it has its mode, nobody else may connect.
            guard fchmod(descriptor, 0o600) == 0 else { throw .last("fchmod", path) }
            if address.with({ Glibc.bind(descriptor, $0, $1) }) != 0 {
                guard errno == EADDRINUSE else { throw .last("bind", path) }
                try removeStaleFile(at: path, address)
                guard address.with({ Glibc.bind(descriptor, $0, $1) }) == 0 else { throw .last("bind", path) }
            }
            let file = try UnixSocketFile(at: path)
            guard Glibc.listen(descriptor, backlog) == 0, chmod(path, mode_t(mode)) == 0 else {
                let error = SocketError.last("listen", path)
                file.remove()
                throw error
            }
            return ListenSocket(descriptor: descriptor, place: .unix(path: path), file: file)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Removes the socket that a killed server left at a path.
    private static func removeStaleFile(at path: String, _ address: SocketAddress) throws(SocketError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .last("lstat", path) }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SocketError(function: "bind", subject: path, code: EADDRINUSE, detail: "it is no socket")
        }
        let probe = try SocketAddress.socket(AF_UNIX, path)
        defer { close(probe) }
        // Only a socket that nobody listens on refuses; one that is too busy to answer (EAGAIN) is in use.
        if address.with({ connect(probe, $0, $1) }) == 0 || errno != ECONNREFUSED {
            throw SocketError(function: "bind", subject: path, code: EADDRINUSE, detail: "a server listens there")
        }
        guard unlink(path) == 0 else { throw .last("unlink", path) }
    }
}
