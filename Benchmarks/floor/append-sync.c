// The least a program can do to put one event after another on disk: write(2) of a line and fdatasync(2), in a loop.
//
//   append-sync DIRECTORY SECONDS [LINE_BYTES]
//
// Appends lines of LINE_BYTES (200) to a new file in DIRECTORY, removes it, and prints how fast that went as JSON.

#define _GNU_SOURCE

#include "../load/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int count, char **arguments) {
    if (count < 3 || count > 4) {
        fprintf(stderr, "usage: append-sync DIRECTORY SECONDS [LINE_BYTES]\n");
        return 64;
    }
    double seconds = atof(arguments[2]);
    size_t length = count > 3 ? strtoul(arguments[3], NULL, 10) : 200;
    if (seconds <= 0 || length < 1 || length > 1 << 20) {
        fprintf(stderr, "append-sync: SECONDS or LINE_BYTES makes no sense\n");
        return 64;
    }

    char path[4096];
    if (snprintf(path, sizeof path, "%s/append-sync.XXXXXX", arguments[1]) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        fail(arguments[1]);
    }
    // O_APPEND, as the server opens its files.
    int file = mkostemp(path, O_APPEND | O_CLOEXEC);
    if (file < 0) fail(path);
    unlink(path);

    char *line = malloc(length);
    if (!line) fail("malloc");
    memset(line, 'x', length);
    line[length - 1] = '\n';

    struct samples samples = {0};
    int64_t start = now_ns(), before = start, end = start + (int64_t)(seconds * 1e9);
    while (before < end) {
        if (write(file, line, length) != (ssize_t)length) fail("write");
        if (fdatasync(file)) fail("fdatasync");
        int64_t after = now_ns();
        samples_add(&samples, after - before);
        before = after;
    }
    samples_print(&samples, before - start);
    return 0;
}
