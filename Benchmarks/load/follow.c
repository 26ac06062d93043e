// Posts events one after another, and measures how long after its answer each reaches those who follow.
//
//   follow [-f FOLLOWERS] [-n EVENTS] PORT BODY_FILE
//
// FOLLOWERS (100) connections follow 127.0.0.1:PORT. BODY_FILE is posted EVENTS times (500), each time when all followers
// have the event before it. Prints as JSON how long it took from the answer of the post to the event at a follower, for
// each event and each follower; 0 where the event was there first.

#define _GNU_SOURCE

#include "samples.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct follower {
    int descriptor;
    char last;  // the last byte that came: chunks are framed by CR LF, and lines end with LF alone
    size_t lines;
    int64_t received;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void refuse(const char *why, const char *what) {
    fprintf(stderr, "follow: %s%s\n", why, what);
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

static void send_all(int descriptor, const char *bytes, size_t count) {
    if (send(descriptor, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) fail("send");
}

// Reads the head of an answer, byte by byte: what follows it stays in the socket.
static void read_head(int descriptor) {
    char head[4096];
    size_t length = 0;
    while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4)) {
        if (length + 1 == sizeof head) refuse("the head of an answer is too long", "");
        if (recv(descriptor, head + length, 1, 0) != 1) refuse("the server closed a connection", "");
        length++;
    }
    head[length] = 0;
    if (strncmp(head, "HTTP/1.1 200", 12)) refuse("the server answers ", head);
}

static void receive(struct follower *follower) {
    static char bytes[1 << 16];
    ssize_t count = recv(follower->descriptor, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0) refuse("the server closed a connection that follows", "");
    follower->received = now_ns();
    for (ssize_t i = 0; i < count; i++) {
        follower->lines += bytes[i] == '\n' && follower->last != '\r';
        follower->last = bytes[i];
    }
}

static char *post(const char *body_file, size_t *length) {
    FILE *file = fopen(body_file, "re");
    if (!file) fail(body_file);
    char body[4096];
    size_t count = fread(body, 1, sizeof body, file);
    fclose(file);
    char *request;
    int whole = asprintf(&request, "POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                   "Content-Length: %zu\r\n\r\n%.*s", count, (int)count, body);
    if (whole < 0) fail("asprintf");
    *length = (size_t)whole;
    return request;
}

int main(int count, char **arguments) {
    size_t followers = 100, events = 500;
    int option;
    while ((option = getopt(count, arguments, "f:n:")) != -1) {
        if (option == 'f') followers = strtoul(optarg, NULL, 10);
        else if (option == 'n') events = strtoul(optarg, NULL, 10);
        else return 64;
    }
    if (count - optind != 2 || !followers || !events) {
        fprintf(stderr, "usage: follow [-f FOLLOWERS] [-n EVENTS] PORT BODY_FILE\n");
        return 64;
    }
    int port = atoi(arguments[optind]);
    size_t request_length;
    char *request = post(arguments[optind + 1], &request_length);

    int ready = epoll_create1(EPOLL_CLOEXEC);
    struct follower *all = calloc(followers, sizeof *all);
    if (ready < 0 || !all) fail("epoll_create1");
    static const char follow[] = "GET /events?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (size_t i = 0; i < followers; i++) {
        all[i].descriptor = connect_to(port);
        send_all(all[i].descriptor, follow, sizeof follow - 1);
        read_head(all[i].descriptor);
        all[i].last = '\n';
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(ready, EPOLL_CTL_ADD, all[i].descriptor, &event)) fail("epoll_ctl");
    }
    int writer = connect_to(port);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(ready, EPOLL_CTL_ADD, writer, &event)) fail("epoll_ctl");

    struct samples samples = {0};
    int64_t start = now_ns();
    for (size_t number = 1; number <= events; number++) {
        int64_t answered = 0;
        size_t waiting = followers;
        send_all(writer, request, request_length);
        while (waiting || !answered) {
            struct epoll_event found[128];
            int some = epoll_wait(ready, found, 128, 30000);
            if (some <= 0) refuse("a follower has not got an event for 30 s", "");
            for (int i = 0; i < some; i++) {
                struct follower *follower = found[i].data.ptr;
                if (follower) {
                    size_t before = follower->lines;
                    receive(follower);
                    if (follower->lines > number) refuse("a follower got an event that was not posted", "");
                    waiting -= before < number && follower->lines == number;
                } else {
                    char answer[1 << 14];
                    ssize_t length = recv(writer, answer, sizeof answer - 1, 0);
                    answered = now_ns();
                    if (length <= 0) refuse("the server closed the connection", "");
                    answer[length] = 0;
                    if (strncmp(answer, "HTTP/1.1 200", 12)) refuse("the server answers ", answer);
                }
            }
        }
        for (size_t i = 0; i < followers; i++) {
            int64_t later = all[i].received - answered;
            samples_add(&samples, later > 0 ? later : 0);
        }
    }
    samples_print(&samples, now_ns() - start);
    return 0;
}
