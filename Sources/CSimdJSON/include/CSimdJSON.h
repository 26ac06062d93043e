// A C interface to simdjson: strict validation, minification, the byte ranges of an object's members, and the leaves of an
// event's data; nothing more.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A parser, whose buffers are reused from document to document. Not thread-safe: one thread at a time.
typedef struct csimdjson_parser csimdjson_parser;

typedef enum {
    CSIMDJSON_VALID = 0,
    CSIMDJSON_INVALID = 1,
    CSIMDJSON_TOO_DEEP = 2,
    CSIMDJSON_OUT_OF_MEMORY = 3,
} csimdjson_status;

// Null when out of memory.
csimdjson_parser *csimdjson_parser_create(size_t max_depth);
void csimdjson_parser_destroy(csimdjson_parser *parser);

// The byte ranges of one member of the outermost object in the minified text: its name, a JSON string with its quotes,
// and its value. simdjson takes documents of less than 4 GiB.
typedef struct {
    uint32_t name, name_length, value, value_length;
} csimdjson_member;

// Checks that `text` is one strict JSON document (RFC 8259; UTF-8; integers within 64 bits; numbers within a double; no
// lone surrogates) and writes it without insignificant white space to `minified`, which has room for `length` bytes.
// `minified` may be `text` itself, or start before it and overlap it. A rejected text is left unchanged.
//
// `readable` is how many bytes may be read from `text` on. If that is at least CSIMDJSON_PADDING more than `length`,
// `text` is parsed in place; otherwise it is copied first.
csimdjson_status csimdjson_minify(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                  uint8_t *minified, size_t *minified_length);

// Checks a text as csimdjson_minify() does, and writes nothing.
csimdjson_status csimdjson_validate(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable);

// CSIMDJSON_MEMBERS is how many members one call delivers: an object with millions of them needs no list of that
// length.
enum { CSIMDJSON_PADDING = 64, CSIMDJSON_MEMBERS = 64 };

// Like csimdjson_minify(), and delivers the first members if the document is an object, whose numbers it writes in forms
// that all readers take: see RareNumbers.h. `members` points into the parser and is valid until the parser is used again.
//
// If `count` is CSIMDJSON_MEMBERS, call csimdjson_next_members() until it returns less, before the parser is used for
// another document. Only then are the buffers of a
// long document freed.
csimdjson_status csimdjson_minify_object(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                         uint8_t *minified, size_t *minified_length,
                                         const csimdjson_member **members, size_t *count);

// Overwrites `members` with the next ones, and returns how many: 0 if there are no more. `minified` must not have
// moved.
size_t csimdjson_next_members(csimdjson_parser *parser, const uint8_t *minified);

typedef enum {
    CSIMDJSON_NULL,
    CSIMDJSON_FALSE,
    CSIMDJSON_TRUE,
    CSIMDJSON_NUMBER,
    CSIMDJSON_STRING,
} csimdjson_kind;

// At most so many leaves of an event are delivered, and none with a longer path, in bytes.
enum { CSIMDJSON_LEAVES = 1 << 14, CSIMDJSON_PATH_LENGTH = 512 };

// A leaf of an event's data. EventLeaves.h tells how its path is made.
typedef struct {
    const char *path;
    const char *text;    // Of a string, without its quotes and escapes.
    double number;       // Of a boolean 0 or 1.
    uint64_t path_hash;
    uint32_t path_length, text_length;
    csimdjson_kind kind;
} csimdjson_leaf;

typedef struct {
    uint64_t seq;
    const char *ts, *type; // Without quotes and escapes.
    size_t ts_length, type_length;
    const csimdjson_leaf *leaves;
    size_t leaf_count;
} csimdjson_event;

// Reads a line of a stream's file, which is checked as csimdjson_validate() does; CSIMDJSON_INVALID also if it is not an
// object with the members of an event. Without `is_line` the text is an event as clients see it, which does not say its
// stream. What `event` points to is valid until the parser is used again.
csimdjson_status csimdjson_read_event(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                      bool is_line, csimdjson_event *event);

// How much memory the parser keeps between documents, in bytes.
size_t csimdjson_held_bytes(const csimdjson_parser *parser);

#ifdef __cplusplus
}
#endif

#endif
