// A C face on simdjson: strict validation and minification, of one document or of one a line, nothing more.
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

// Checks that `text` is one strict JSON document (RFC 8259; UTF-8; integers within 64 bits; numbers within a double; no
// lone surrogates) and writes it without insignificant white space to `minified`, which has room for `length` bytes.
csimdjson_status csimdjson_minify(csimdjson_parser *parser, const uint8_t *text, size_t length, uint8_t *minified,
                                  size_t *minified_length);

// Does the same with each line of `text`, up to the first that is refused, and ends each with a newline; of a blank line
// nothing but the newline is left. `minified` has room for `length + 1` bytes. `*read` is where the first line begins that
// was not written: `length` when all were.
csimdjson_status csimdjson_minify_lines(csimdjson_parser *parser, const uint8_t *text, size_t length, uint8_t *minified,
                                        size_t *minified_length, size_t *read);

#ifdef __cplusplus
}
#endif

#endif
