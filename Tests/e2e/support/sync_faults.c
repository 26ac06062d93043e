/* Preloaded into the server: lets fdatasync(2) and fsync(2) wait, or fail once, as a broken disk makes them.
 *
 * $SYNC_FAULTS is a directory. While its file `hold` exists, calls on paths that end with what it holds wait. If its
 * file `fail` exists, the next call on a path that ends with what it holds fails with EIO and removes it: like the
 * kernel, which reports a failure once and forgets it. $SYNC_FAULTS_SKIP such calls succeed before. `calls` gets a
 * line for each call, `PATH RESULT`. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void path_in_faults(const char *name, char *path) {
    snprintf(path, PATH_MAX, "%s/%s", getenv("SYNC_FAULTS"), name);
}

/* Whether the file `name` exists and the path of the descriptor ends with what it holds. */
static int applies(const char *name, const char *path) {
    char file_name[PATH_MAX], suffix[PATH_MAX] = "";
    path_in_faults(name, file_name);
    int file = open(file_name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, suffix, sizeof suffix - 1);
    close(file);
    size_t path_length = strlen(path);
    return length > 0 && (size_t)length <= path_length && strcmp(path + path_length - length, suffix) == 0;
}

/* Whether a call on this path is to fail. */
static int fails(const char *path) {
    static int seen;
    char file_name[PATH_MAX];
    if (!applies("fail", path)) return 0;
    const char *skip = getenv("SYNC_FAULTS_SKIP");
    if (__atomic_fetch_add(&seen, 1, __ATOMIC_RELAXED) < (skip ? atoi(skip) : 0)) return 0;
    path_in_faults("fail", file_name);
    return unlink(file_name) == 0;
}

static void note(const char *path, int result) {
    char file_name[PATH_MAX], line[PATH_MAX + 8];
    path_in_faults("calls", file_name);
    int length = snprintf(line, sizeof line, "%s %d\n", path, result);
    int file = open(file_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line, (size_t)length) != length) abort();
    close(file);
}

static int synchronize(const char *function, int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    while (applies("hold", path)) usleep(1000);
    int is_failing = fails(path);
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
    int result = is_failing ? -1 : real(descriptor);
    int code = is_failing ? EIO : errno;
    note(path, result);
    errno = code;
    return result;
}

int fdatasync(int descriptor) { return synchronize("fdatasync", descriptor); }
int fsync(int descriptor) { return synchronize("fsync", descriptor); }
