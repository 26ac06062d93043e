/* Preloaded into the server: lets system calls on files wait, as a frozen or a very slow disk makes them.
 *
 * $HELD_CALLS is a directory. While it holds a file with the name of a call (`read`, `write`, `sync`), that call waits on
 * files with the suffix $HELD_SUFFIX. It may hold a number: then so many milliseconds for each call, and no longer. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_held(const char *call, char *text, size_t size) {
    char name[PATH_MAX];
    snprintf(name, sizeof name, "%s/%s", getenv("HELD_CALLS"), call);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    ssize_t length = real(file, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    close(file);
    return 1;
}

static void hold(const char *call, int descriptor) {
    char link[64], path[PATH_MAX], text[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    const char *suffix = getenv("HELD_SUFFIX");
    ssize_t suffix_length = (ssize_t)strlen(suffix);
    if (length < suffix_length || memcmp(path + length - suffix_length, suffix, (size_t)suffix_length) != 0) return;
    while (is_held(call, text, sizeof text)) {
        int milliseconds = atoi(text);
        usleep(1000 * (milliseconds > 0 ? milliseconds : 1));
        if (milliseconds > 0) return;
    }
}

#define REAL(name, result, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

ssize_t pread(int file, void *buffer, size_t size, off_t offset) {
    hold("read", file);
    return REAL("pread", ssize_t, int, void *, size_t, off_t)(file, buffer, size, offset);
}

ssize_t pread64(int file, void *buffer, size_t size, off64_t offset) {
    hold("read", file);
    return REAL("pread64", ssize_t, int, void *, size_t, off64_t)(file, buffer, size, offset);
}

ssize_t write(int file, const void *buffer, size_t size) {
    hold("write", file);
    return REAL("write", ssize_t, int, const void *, size_t)(file, buffer, size);
}

int fdatasync(int file) {
    hold("sync", file);
    return REAL("fdatasync", int, int)(file);
}
