#include "CSimdJSON.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>

namespace {

// Buffers larger than this are given back after the document that needed them.
constexpr size_t kept_capacity = 1 << 20;
constexpr size_t smallest_capacity = 1 << 12;

csimdjson_status status(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_VALID;
    case simdjson::DEPTH_ERROR: return CSIMDJSON_TOO_DEEP;
    case simdjson::MEMALLOC: return CSIMDJSON_OUT_OF_MEMORY;
    default: return CSIMDJSON_INVALID;
    }
}

bool is_blank(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
    }
    return true;
}

} // namespace

struct csimdjson_parser {
    // simdjson counts one level more than the deepest container.
    explicit csimdjson_parser(size_t depth) : max_depth(depth + 1) {}

    csimdjson_status reserve(size_t length) {
        if (length <= capacity) return CSIMDJSON_VALID;
        size_t wanted = length < smallest_capacity ? smallest_capacity : length;
        auto error = dom.allocate(wanted, max_depth);
        if (error) return status(error);
        padded.reset(new (std::nothrow) uint8_t[wanted + simdjson::SIMDJSON_PADDING]);
        capacity = padded ? wanted : 0;
        return padded ? CSIMDJSON_VALID : CSIMDJSON_OUT_OF_MEMORY;
    }

    csimdjson_status minify(const uint8_t *text, size_t length, uint8_t *minified, size_t *minified_length) {
        *minified_length = 0;
        csimdjson_status result = reserve(length);
        if (result != CSIMDJSON_VALID) return result;
        std::memcpy(padded.get(), text, length);
        // Validation comes first: minification alone would turn `[1 2]` into `[12]`.
        result = status(dom.parse(padded.get(), length, false).error());
        if (result != CSIMDJSON_VALID) return result;
        return status(simdjson::minify(reinterpret_cast<const char *>(text), length,
                                       reinterpret_cast<char *>(minified), *minified_length));
    }

    void shrink() {
        if (capacity <= kept_capacity) return;
        dom = simdjson::dom::parser();
        padded.reset();
        capacity = 0;
    }

    size_t max_depth;
    size_t capacity = 0;
    simdjson::dom::parser dom;
    std::unique_ptr<uint8_t[]> padded;
};

csimdjson_parser *csimdjson_parser_create(size_t max_depth) {
    return new (std::nothrow) csimdjson_parser(max_depth);
}

void csimdjson_parser_destroy(csimdjson_parser *parser) { delete parser; }

csimdjson_status csimdjson_minify(csimdjson_parser *parser, const uint8_t *text, size_t length, uint8_t *minified,
                                  size_t *minified_length) {
    csimdjson_status result = parser->minify(text, length, minified, minified_length);
    parser->shrink();
    return result;
}

csimdjson_status csimdjson_minify_lines(csimdjson_parser *parser, const uint8_t *text, size_t length, uint8_t *minified,
                                        size_t *minified_length, size_t *read) {
    csimdjson_status result = CSIMDJSON_VALID;
    size_t written = 0, start = 0;
    while (start < length) {
        const void *newline = std::memchr(text + start, '\n', length - start);
        size_t end = newline ? static_cast<const uint8_t *>(newline) - text : length;
        size_t added = 0;
        if (!is_blank(text + start, end - start)) {
            result = parser->minify(text + start, end - start, minified + written, &added);
            if (result != CSIMDJSON_VALID) break;
        }
        written += added;
        minified[written++] = '\n';
        start = newline ? end + 1 : length;
    }
    parser->shrink();
    *minified_length = written;
    *read = start;
    return result;
}
