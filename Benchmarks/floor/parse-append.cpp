// The least a program can do to record batches of events: simdjson parses each line, and one write(2) appends a line for
// each of a batch.
//
//   parse-append DIRECTORY SECONDS LINES_PER_BATCH EVENT [LINE_BYTES]
//
// Does so for SECONDS with batches of LINES_PER_BATCH times EVENT, in a new file of DIRECTORY, removes it, and prints how
// fast that went as JSON. The lines that are written have LINE_BYTES each, or else are the events as they came in.

#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <unistd.h>

static double now(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count < 5 || count > 6) {
        fprintf(stderr, "usage: parse-append DIRECTORY SECONDS LINES_PER_BATCH EVENT [LINE_BYTES]\n");
        return 64;
    }
    double seconds = atof(arguments[2]);
    size_t lines = strtoul(arguments[3], nullptr, 10);
    std::string event = std::string(arguments[4]) + "\n", body;
    for (size_t i = 0; i < lines; i++) body += event;
    simdjson::padded_string batch(body);
    if (count > 5) {
        std::string line(strtoul(arguments[5], nullptr, 10), ' ');
        line.back() = '\n';
        body.clear();
        for (size_t i = 0; i < lines; i++) body += line;
    }

    std::string path = std::string(arguments[1]) + "/parse-append.XXXXXX";
    int file = mkostemp(path.data(), O_APPEND | O_CLOEXEC);
    if (file < 0) {
        perror(path.c_str());
        return 1;
    }
    unlink(path.c_str());

    simdjson::dom::parser parser;
    size_t events = 0;
    double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), end = start;
    while (end - start < seconds) {
        for (size_t i = 0; i < lines; i++) {
            if (parser.parse(batch.data() + i * event.size(), event.size() - 1, false).error()) return 1;
        }
        if (write(file, body.data(), body.size()) != static_cast<ssize_t>(body.size())) {
            perror(path.c_str());
            return 1;
        }
        events += lines;
        end = now(CLOCK_MONOTONIC);
    }
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"count\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"cpu_us\":%.4f}\n", events, end - start,
           static_cast<double>(events) / (end - start), 1e6 * cpu / static_cast<double>(events));
    return 0;
}
