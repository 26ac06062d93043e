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
    *minified_length = 0;
    csimdjson_status result = parser->reserve(length);
    if (result != CSIMDJSON_VALID) return result;

    std::memcpy(parser->padded.get(), text, length);
    // Validation comes first: minification alone would turn `[1 2]` into `[12]`.
    result = status(parser->dom.parse(parser->padded.get(), length, false).error());
    if (result == CSIMDJSON_VALID) {
        result = status(simdjson::minify(reinterpret_cast<const char *>(text), length,
                                         reinterpret_cast<char *>(minified), *minified_length));
    }
    parser->shrink();
    return result;
}
