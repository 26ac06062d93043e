// The least program on libmicrohttpd that does what POST /event does with a request, but for what it is about: it takes
// the body, writes a line to a file, and answers.
//
//   post-event FILE LINE_BYTES ANSWER_BYTES [sync]
//
// Serves a free port of 127.0.0.1, which it prints, until it is told to stop (SIGTERM). Each POST appends the body and
// padding to FILE, LINE_BYTES together, and is answered with ANSWER_BYTES; a GET is answered with as many bytes as its
// query says (?600). With `sync` one thread puts the lines on disk, with one fdatasync(2) for all that wait, and the
// answers wait for that.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
    struct request *next;
    struct MHD_Connection *connection;
    size_t length;
    bool is_written;
    char body[4096];
};

static int file;
static size_t line_bytes, answer_bytes;
static bool is_synced;
static char line[1 << 16], answer[1 << 20];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct request *waiting;

static void *commit(void *unused) {
    (void)unused;
    while (true) {
        pthread_mutex_lock(&mutex);
        while (!waiting) pthread_cond_wait(&changed, &mutex);
        struct request *batch = waiting;
        waiting = NULL;
        pthread_mutex_unlock(&mutex);
        if (fdatasync(file)) abort();
        while (batch) {
            struct request *next = batch->next; // gone as soon as the connection goes on
            MHD_resume_connection(batch->connection);
            batch = next;
        }
    }
    return NULL;
}

static enum MHD_Result respond(struct MHD_Connection *connection, size_t length) {
    struct MHD_Response *response = MHD_create_response_from_buffer(length, answer, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result size_of_answer(void *size, enum MHD_ValueKind kind, const char *key, const char *value) {
    (void)kind, (void)value;
    *(size_t *)size = strtoul(key, NULL, 10);
    return MHD_NO;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state) {
    (void)context, (void)url, (void)version;
    if (!*state) {
        struct request *request = malloc(sizeof *request);
        if (!request) return MHD_NO;
        request->connection = connection;
        request->length = 0;
        request->is_written = false;
        *state = request;
        return MHD_YES;
    }
    struct request *request = *state;
    if (*upload_size) {
        size_t room = sizeof request->body - request->length;
        size_t count = *upload_size < room ? *upload_size : room;
        memcpy(request->body + request->length, upload, count);
        request->length += count;
        *upload_size = 0;
        return MHD_YES;
    }
    if (!strcmp(method, "GET")) {
        size_t size = answer_bytes;
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, size_of_answer, &size);
        return respond(connection, size < sizeof answer ? size : sizeof answer);
    }
    if (!request->is_written) {
        request->is_written = true;
        memcpy(line, request->body, request->length < line_bytes ? request->length : line_bytes - 1);
        if (write(file, line, line_bytes) != (ssize_t)line_bytes) abort();
        if (is_synced) {
            MHD_suspend_connection(connection);
            pthread_mutex_lock(&mutex);
            bool was_empty = !waiting;
            request->next = waiting;
            waiting = request;
            pthread_mutex_unlock(&mutex);
            if (was_empty) pthread_cond_signal(&changed);
            return MHD_YES;
        }
    }
    return respond(connection, answer_bytes);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code) {
    (void)context, (void)connection, (void)code;
    free(*state);
    *state = NULL;
}

int main(int count, char **arguments) {
    if (count < 4 || count > 5) {
        fprintf(stderr, "usage: post-event FILE LINE_BYTES ANSWER_BYTES [sync]\n");
        return 64;
    }
    file = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    line_bytes = strtoul(arguments[2], NULL, 10);
    answer_bytes = strtoul(arguments[3], NULL, 10);
    is_synced = count > 4;
    if (file < 0 || line_bytes < 1 || line_bytes > sizeof line || answer_bytes > sizeof answer) {
        perror(arguments[1]);
        return 1;
    }
    memset(line, ' ', line_bytes);
    line[line_bytes - 1] = '\n';
    memset(answer, ' ', sizeof answer);

    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    pthread_t thread;
    if (is_synced && pthread_create(&thread, NULL, commit, NULL)) return 1;

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, NULL,
        MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_NOTIFY_COMPLETED, completed,
        NULL, MHD_OPTION_END);
    if (!daemon) return 1;
    printf("%d\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    int number;
    sigwait(&ends, &number);
    return 0;
}
