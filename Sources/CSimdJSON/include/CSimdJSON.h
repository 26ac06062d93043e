// A C face on simdjson: strict validation, minification, and where the members of an object stand; nothing more.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Buffers that are used again from document to document. One thread at a time.
typedef struct csimdjson_parser csimdjson_parser;

typedef enum {
    CSIMDJSON_VALID = 0,
    CSIMDJSON_INVALID = 1,
    CSIMDJSON_TOO_DEEP = 2,
    CSIMDJSON_OUT_OF_MEMORY = 3,
} csimdjson_status;

// Null when memory is out.
csimdjson_parser *csimdjson_parser_create(size_t max_depth);
void csimdjson_parser_destroy(csimdjson_parser *parser);

// Where a member of the outermost object stands in the minified text: its name, a JSON string with its quotes, and its
// value.
typedef struct {
    size_t name, name_length, value, value_length;
} csimdjson_member;

// Checks that `text` is one strict JSON document (RFC 8259; UTF-8; integers within 64 bits; numbers within a double; no
// lone surrogates) and writes it without insignificant white space to `minified`, which has room for `length` bytes. It may
// be `text` itself, or memory before it that ends within it. A text that is refused is left as it is.
//
// `readable`: how many bytes of memory there are from `text` on; with CSIMDJSON_PADDING more than `length`, `text` is
// read where it is, and else copied.
csimdjson_status csimdjson_minify(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                  uint8_t *minified, size_t *minified_length);

// At most so many members are found by one call, so that an object with millions of them needs no list of them.
enum { CSIMDJSON_PADDING = 64, CSIMDJSON_MEMBERS = 64 };

// Does the same, and finds the first members when the document is an object. `members` is memory of the parser's; it holds
// the members until the parser is used again.
//
// When `count` is CSIMDJSON_MEMBERS, call csimdjson_next_members() until it returns less: only then are the buffers of a
// long document freed.
csimdjson_status csimdjson_minify_object(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                         uint8_t *minified, size_t *minified_length,
                                         const csimdjson_member **members, size_t *count);

// Finds the members after those, and puts them in the same memory. Returns how many there are; 0 when there are no more.
size_t csimdjson_next_members(csimdjson_parser *parser, const uint8_t *minified);

// How much memory the parser holds between two documents, in bytes.
size_t csimdjson_held_bytes(const csimdjson_parser *parser);

#ifdef __cplusplus
}
#endif

#endif
