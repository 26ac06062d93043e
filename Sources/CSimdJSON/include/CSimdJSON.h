// A C interface to simdjson: strict validation, minification, and the byte ranges of an object's members; nothing more.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

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

// How much memory the parser keeps between documents, in bytes.
size_t csimdjson_held_bytes(const csimdjson_parser *parser);

#ifdef __cplusplus
}
#endif

#endif
