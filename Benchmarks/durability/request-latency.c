// One client on one keep-alive connection that sends the same request again as soon as it is answered.
//
//   request-latency [-t SECONDS] [-n COUNT] PORT METHOD PATH [BODY]
//
// Asks 127.0.0.1:PORT for SECONDS (2), or until COUNT requests are answered, and prints how fast that went as JSON.
// Any answer but 2xx ends it with status 1. Blocking socket calls and a monotonic clock: good for microseconds.

#define _GNU_SOURCE

#include "samples.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct timeval patience = {.tv_sec = 10};
    if (connection < 0) fail("socket");
    if (setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) fail("TCP_NODELAY");
    if (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience)) fail("SO_RCVTIMEO");
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) fail("connect");
    return connection;
}

// Reads one answer to its end; it must have a Content-Length. Returns its status.
static int read_answer(int connection) {
    static char buffer[1 << 16];
    size_t have = 0, whole = 0;
    while (!whole || have < whole) {
        ssize_t got = recv(connection, buffer + have, sizeof buffer - 1 - have, 0);
        if (got < 0) fail("recv");
        if (got == 0) {
            fprintf(stderr, "request-latency: the answer is too long, or the server closed the connection\n");
            exit(1);
        }
        have += (size_t)got;
        buffer[have] = 0;
        char *body = whole ? NULL : strstr(buffer, "\r\n\r\n");
        if (body) {
            char *length = strcasestr(buffer, "\r\nContent-Length:");
            if (!length || length > body) {
                fprintf(stderr, "request-latency: an answer without Content-Length\n");
                exit(1);
            }
            whole = (size_t)(body + 4 - buffer) + strtoul(length + 17, NULL, 10);
        }
    }
    return atoi(buffer + strcspn(buffer, " "));
}

int main(int count, char **arguments) {
    double seconds = 0;
    size_t most = 0;
    int option;
    while ((option = getopt(count, arguments, "t:n:")) != -1) {
        if (option == 't') seconds = atof(optarg);
        else if (option == 'n') most = strtoul(optarg, NULL, 10);
        else return 64;
    }
    if (count - optind < 3 || count - optind > 4) {
        fprintf(stderr, "usage: request-latency [-t SECONDS] [-n COUNT] PORT METHOD PATH [BODY]\n");
        return 64;
    }
    const char *body = count - optind > 3 ? arguments[optind + 3] : "";
    if (seconds <= 0) seconds = most ? 60 : 2;

    char request[1 << 16];
    int length = snprintf(request, sizeof request,
                          "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s",
                          arguments[optind + 1], arguments[optind + 2],
                          *body ? "Content-Type: application/json\r\n" : "", strlen(body), body);
    if (length >= (int)sizeof request) {
        fprintf(stderr, "request-latency: the request is too long\n");
        return 64;
    }

    int connection = connect_to(atoi(arguments[optind]));
    struct samples samples = {0};
    int64_t start = now_ns(), before = start, end = start + (int64_t)(seconds * 1e9);
    while (before < end && (!most || samples.count < most)) {
        if (send(connection, request, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
        int status = read_answer(connection);
        int64_t after = now_ns();
        if (status < 200 || status > 299) {
            fprintf(stderr, "request-latency: %s was answered with %d\n", arguments[optind + 2], status);
            return 1;
        }
        samples_add(&samples, after - before);
        before = after;
    }
    samples_print(&samples, before - start);
    return 0;
}
