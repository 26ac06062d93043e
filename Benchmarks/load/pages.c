// Reads bytes from a socket as fast as it can, and throws them away.
//
//   pages PORT PATH    pages through GET PATH (a query that takes `after`) by Telemetry-Cursor until a page is empty
//   pages PORT         reads what 127.0.0.1:PORT sends until it closes
//
// Prints {"bytes","seconds","pages","bytes_per_second"}; bytes are those of bodies, without what frames them.

#define _GNU_SOURCE

#include "samples.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

// As much as fits into a processor's own cache beside what sends it.
static char buffer[1 << 18];
static size_t at, end;
static int descriptor;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void refuse(const char *why, const char *what) {
    fprintf(stderr, "pages: %s%s\n", why, what);
    exit(1);
}

static bool fill(void) {
    ssize_t count = recv(descriptor, buffer, sizeof buffer, 0);
    if (count < 0) fail("recv");
    at = 0;
    end = (size_t)count;
    return count > 0;
}

static void skip(size_t count) {
    while (count) {
        if (at == end && !fill()) refuse("the server closed the connection within a page", "");
        size_t part = count < end - at ? count : end - at;
        at += part;
        count -= part;
    }
}

// A line without its end.
static void read_line(char *line, size_t room) {
    size_t length = 0;
    for (;;) {
        if (at == end && !fill()) refuse("the server closed the connection within a line", "");
        char byte = buffer[at++];
        if (byte == '\n') break;
        if (length + 1 < room) line[length++] = byte;
    }
    if (length && line[length - 1] == '\r') length--;
    line[length] = 0;
}

// The value of a header field, if the line is of that name.
static const char *field(const char *line, const char *name) {
    size_t length = strlen(name);
    return strncasecmp(line, name, length) ? NULL : line + length;
}

static void note_cursor(const char *line, char *cursor, size_t room) {
    const char *value = field(line, "Telemetry-Cursor: ");
    if (!value) return;
    if (strlen(value) >= room) refuse("a cursor is too long: ", value);
    strcpy(cursor, value);
}

// Reads an answer, and gives how long its body is. `cursor` is set to where the next page begins.
static size_t read_page(char *cursor, size_t room) {
    char line[1024];
    const char *value;
    bool is_chunked = false;
    size_t length = 0;
    read_line(line, sizeof line);
    if (strncmp(line, "HTTP/1.1 200", 12)) refuse("the server answers ", line);
    while (read_line(line, sizeof line), *line) {
        if (field(line, "Transfer-Encoding: ")) is_chunked = true;
        if ((value = field(line, "Content-Length: "))) length = strtoul(value, NULL, 10);
        note_cursor(line, cursor, room);
    }
    if (!is_chunked) {
        skip(length);
        return length;
    }
    for (;;) {
        read_line(line, sizeof line);
        size_t chunk = strtoul(line, NULL, 16);
        if (!chunk) break;
        skip(chunk);
        read_line(line, sizeof line);
        length += chunk;
    }
    while (read_line(line, sizeof line), *line) note_cursor(line, cursor, room);
    return length;
}

static void ask(const char *path, const char *cursor) {
    char *request;
    int length = asprintf(&request, "GET %s%s%s HTTP/1.1\r\nHost: localhost\r\n\r\n", path, *cursor ? "&after=" : "",
                          cursor);
    if (length < 0) fail("asprintf");
    if (send(descriptor, request, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
    free(request);
}

int main(int count, char **arguments) {
    if (count < 2 || count > 3) {
        fprintf(stderr, "usage: pages PORT [PATH]\n");
        return 64;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail("socket");
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) fail("connect");

    size_t bytes = 0, pages = 0;
    int64_t start = now_ns();
    if (count == 2) {
        while (fill()) bytes += end;
    } else {
        char cursor[256] = "";
        size_t length;
        do {
            char before[sizeof cursor];
            memcpy(before, cursor, sizeof before);
            ask(arguments[2], cursor);
            length = read_page(cursor, sizeof cursor);
            if (length && !strcmp(before, cursor)) refuse("a page does not say where the next one begins", "");
            bytes += length;
            pages += length > 0;
        } while (length);
    }
    double seconds = (double)(now_ns() - start) / 1e9;
    printf("{\"bytes\":%zu,\"seconds\":%.6f,\"pages\":%zu,\"bytes_per_second\":%.1f}\n", bytes, seconds, pages,
           (double)bytes / seconds);
    return 0;
}
