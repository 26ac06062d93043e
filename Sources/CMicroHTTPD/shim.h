// What Swift cannot call of libmicrohttpd: its variadic functions. And epoll(7) and eventfd(2), which Swift's Glibc leaves
// out. Nothing else belongs here.
#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// MHD_start_daemon(3) is variadic. `options` ends with MHD_OPTION_END.
static inline struct MHD_Daemon *cmhd_start_daemon(unsigned int flags, MHD_AcceptPolicyCallback policy,
                                                   MHD_AccessHandlerCallback handler, void *context,
                                                   struct MHD_OptionItem *options) {
    // The port is ignored: the listening socket is always given as an option.
    return MHD_start_daemon(flags, 0, policy, context, handler, context, MHD_OPTION_ARRAY, options,
                            MHD_OPTION_END);
}

// MHD_get_connection_info(3) is variadic. Null when libmicrohttpd does not know the peer.
static inline const struct sockaddr *cmhd_client_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

// MHD_get_daemon_info(3) is variadic. Readable when a daemon in epoll mode has something to do.
static inline int cmhd_epoll_descriptor(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->epoll_fd;
}

// MHD_get_connection_info(3) is variadic. The length of the request line and the header fields, in bytes; 0 before
// they are complete.
static inline size_t cmhd_header_length(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

// MHD_get_connection_info(3) is variadic. The connection's socket; -1 when it has none.
static inline MHD_socket cmhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? MHD_INVALID_SOCKET : info->connect_fd;
}

// MHD_get_connection_info(3) is variadic. What the callback of MHD_OPTION_NOTIFY_CONNECTION set.
static inline void *cmhd_connection_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

// MHD_set_connection_option(3) is variadic. How long a connection may make no progress, in seconds; 0 for ever.
static inline void cmhd_set_timeout(struct MHD_Connection *connection, unsigned int seconds) {
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

// MHD_set_response_options(3) is variadic. The response has no chunks, and its connection is closed after it.
static inline void cmhd_end_by_closing(struct MHD_Response *response) {
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

// MHD_get_connection_info(3) is variadic. Null for a connection without TLS.
static inline gnutls_session_t cmhd_tls_session(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL ? NULL : (gnutls_session_t)info->tls_session;
}

#endif
