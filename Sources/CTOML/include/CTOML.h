// A C interface to toml++: reads a document of TOML 1.0, and tells where each value stands; nothing more.
#ifndef CTOML_H
#define CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctoml_document ctoml_document;

typedef enum {
    CTOML_TABLE = 0,
    CTOML_ARRAY = 1,
    CTOML_STRING = 2,
    CTOML_INTEGER = 3,
    CTOML_FLOAT = 4,
    CTOML_BOOLEAN = 5,
    CTOML_TIME = 6, // A date, a time of day, or both.
} ctoml_kind;

// A text that is not null-terminated.
typedef struct {
    const char *bytes;
    size_t length;
} ctoml_text;

typedef struct {
    ctoml_kind kind;
    size_t container;      // The index of the table or array that it stands in; of the outermost table, its own: 0.
    ctoml_text key;        // Its name in a table; no bytes in an array.
    ctoml_text text;       // Of a string.
    int64_t integer;
    double number;         // Of a float.
    bool boolean;
    uint32_t line, column; // From 1.
} ctoml_value;

// What is wrong with a document, and where: from 1.
typedef struct {
    ctoml_text description;
    uint32_t line, column;
} ctoml_fault;

// Reads a document. Null when out of memory.
ctoml_document *ctoml_parse(const char *text, size_t length);
void ctoml_destroy(ctoml_document *document);

// Null when the document is sound. Valid until it is destroyed, as all that follows.
const ctoml_fault *ctoml_document_fault(const ctoml_document *document);

// All values of a sound document; a container stands before what is in it, and the outermost table is the first. Members of a
// table are in the order of the document.
const ctoml_value *ctoml_document_values(const ctoml_document *document, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
