// The files of the page, which are part of the binary; nothing more.
#ifndef CTELEMETRYPAGE_H
#define CTELEMETRYPAGE_H

#include <stddef.h>

// A file as it stands in Sources/TelemetryPage/Web. Its bytes are read-only data of the
// binary: they are paged in when they are read, and never copied.
typedef struct {
    // Its path below that directory: "core/api.js".
    const char *name;
    const unsigned char *bytes;
    size_t length;
} ctelemetrypage_file;

// All of them, `*count` in number.
const ctelemetrypage_file *ctelemetrypage_files(size_t *count);

#endif
