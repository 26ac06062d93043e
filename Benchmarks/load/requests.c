// Sends the same request again and again on keep-alive connections, each as soon as the one before it is answered.
//
//   requests [-c CONNECTIONS] [-i IDLE] [-t SECONDS] [-n REQUESTS] [-H HEADER] PORT METHOD PATH [BODY_FILE]
//
// Asks 127.0.0.1:PORT for SECONDS (2), or until REQUESTS are answered, on CONNECTIONS (1), with IDLE more that are open
// and ask nothing, and prints how fast that went as JSON. Any answer but 2xx ends it with status 1.

#define _GNU_SOURCE

#include "samples.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    int descriptor;
    int64_t start;
    size_t sent, received, whole;
    char answer[1 << 14];
};

static char *request;
static size_t request_length;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void refuse(const char *why) {
    fprintf(stderr, "requests: %s\n", why);
    exit(1);
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (descriptor < 0) fail("socket");
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) fail("TCP_NODELAY");
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) fail("connect");
    return descriptor;
}

static void make_request(const char *method, const char *path, const char *header, const char *body_file) {
    char *body = NULL;
    long length = 0;
    if (body_file) {
        FILE *file = fopen(body_file, "re");
        if (!file || fseek(file, 0, SEEK_END) || (length = ftell(file)) < 0) fail(body_file);
        rewind(file);
        body = malloc((size_t)length + 1);
        if (!body || fread(body, 1, (size_t)length, file) != (size_t)length) fail(body_file);
        fclose(file);
    }
    int head = asprintf(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%sContent-Length: %ld\r\n\r\n", method, path,
                        header, *header ? "\r\n" : "", length);
    if (head < 0) fail("asprintf");
    request_length = (size_t)head + (size_t)length;
    request = realloc(request, request_length);
    if (!request) fail("realloc");
    if (body) memcpy(request + head, body, (size_t)length);
    free(body);
}

// Sends what the socket takes.
static void send_some(struct connection *connection) {
    while (connection->sent < request_length) {
        ssize_t count = send(connection->descriptor, request + connection->sent, request_length - connection->sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) fail("send");
        connection->sent += (size_t)count;
    }
}

// Reads what has come; tells whether the answer is whole.
static bool receive_some(struct connection *connection) {
    // Only the head of an answer is kept.
    size_t room = sizeof connection->answer - 1;
    size_t at = connection->received < room ? connection->received : connection->whole ? 0 : room;
    if (at == room) refuse("the head of an answer is too long");
    ssize_t count = recv(connection->descriptor, connection->answer + at, room - at, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return false;
    if (count < 0) fail("recv");
    if (count == 0) refuse("the server closed a connection");
    connection->received += (size_t)count;
    if (!connection->whole) {
        connection->answer[connection->received] = 0;
        char *body = strstr(connection->answer, "\r\n\r\n");
        if (!body) return false;
        char *length = strcasestr(connection->answer, "\r\nContent-Length:");
        if (!length || length > body) refuse("an answer has no Content-Length");
        connection->whole = (size_t)(body + 4 - connection->answer) + strtoul(length + 17, NULL, 10);
        int status = atoi(connection->answer + strcspn(connection->answer, " "));
        if (status < 200 || status > 299) {
            fprintf(stderr, "requests: %s\n", connection->answer);
            exit(1);
        }
    }
    return connection->received >= connection->whole;
}

int main(int count, char **arguments) {
    double seconds = 0;
    size_t connections = 1, idle = 0, most = 0;
    const char *header = "";
    int option;
    while ((option = getopt(count, arguments, "c:i:t:n:H:")) != -1) {
        if (option == 'c') connections = strtoul(optarg, NULL, 10);
        else if (option == 'i') idle = strtoul(optarg, NULL, 10);
        else if (option == 't') seconds = atof(optarg);
        else if (option == 'n') most = strtoul(optarg, NULL, 10);
        else if (option == 'H') header = optarg;
        else return 64;
    }
    if (count - optind < 3 || count - optind > 4 || !connections) {
        fprintf(stderr, "usage: requests [-c CONNECTIONS] [-i IDLE] [-t SECONDS] [-n REQUESTS] [-H HEADER]\n"
                        "                PORT METHOD PATH [BODY_FILE]\n");
        return 64;
    }
    if (seconds <= 0) seconds = most ? 600 : 2;
    int port = atoi(arguments[optind]);
    make_request(arguments[optind + 1], arguments[optind + 2], header,
                 count - optind > 3 ? arguments[optind + 3] : NULL);

    for (size_t i = 0; i < idle; i++) connect_to(port);
    int events = epoll_create1(EPOLL_CLOEXEC);
    struct connection *all = calloc(connections, sizeof *all);
    if (events < 0 || !all) fail("epoll_create1");
    for (size_t i = 0; i < connections; i++) {
        all[i].descriptor = connect_to(port);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i]};
        if (epoll_ctl(events, EPOLL_CTL_ADD, all[i].descriptor, &event)) fail("epoll_ctl");
    }

    struct samples samples = {0};
    size_t started = 0;
    int64_t start = now_ns(), now = start, end = start + (int64_t)(seconds * 1e9);
    size_t open = 0;
    for (size_t i = 0; i < connections && (!most || started < most); i++, started++, open++) {
        all[i].start = now_ns();
        send_some(&all[i]);
    }
    while (open) {
        struct epoll_event ready[64];
        int found = epoll_wait(events, ready, 64, 30000);
        if (found < 0 && errno == EINTR) continue;
        if (found <= 0) refuse("the server has not answered for 30 s");
        for (int i = 0; i < found; i++) {
            struct connection *connection = ready[i].data.ptr;
            if (!connection->start) continue;
            send_some(connection);
            while (connection->start && receive_some(connection)) {
                now = now_ns();
                samples_add(&samples, now - connection->start);
                connection->sent = connection->received = connection->whole = 0;
                bool is_over = now >= end || (most && started >= most);
                connection->start = is_over ? 0 : now;
                if (is_over) {
                    open--;
                } else {
                    started++;
                    send_some(connection);
                }
            }
        }
    }
    samples_print(&samples, now - start);
    return 0;
}
