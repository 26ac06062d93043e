#include "CSimdJSON.h"
#include "EventLeaves.h"
#include "RareNumbers.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>

namespace {

// simdjson's buffers take up to 15 times the length of the document: 8 bytes of tape and 4 bytes of token index for
// each byte, and the strings. Buffers for documents longer than this are freed with the document, so about 1 MB is
// kept.
constexpr size_t kept_capacity = 1 << 16;
constexpr size_t smallest_capacity = 1 << 12;

csimdjson_status status(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_VALID;
    case simdjson::DEPTH_ERROR: return CSIMDJSON_TOO_DEEP;
    case simdjson::MEMALLOC: return CSIMDJSON_OUT_OF_MEMORY;
    default: return CSIMDJSON_INVALID;
    }
}

// What the first byte of a token says; strings, literals, colons and commas are `other`.
enum token_kind : uint8_t { other, opening, closing, number };

constexpr auto token_kinds = [] {
    std::array<token_kind, 256> kinds{};
    kinds['{'] = kinds['['] = opening;
    kinds['}'] = kinds[']'] = closing;
    kinds['-'] = number;
    for (int digit = '0'; digit <= '9'; digit++) kinds[digit] = number;
    return kinds;
}();

// Whether a valid document may have white space outside its strings. (Within strings, spaces are the lowest bytes.)
bool may_have_white_space(const uint8_t *text, size_t length) {
    uint8_t lowest = 0xFF; // The compiler vectorizes this.
    for (size_t index = 0; index < length; index++) lowest = std::min(lowest, text[index]);
    return lowest <= ' ';
}

} // namespace

struct csimdjson_parser {
    // simdjson needs one level more than the deepest container.
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

    csimdjson_status validate(const uint8_t *text, size_t length, size_t readable) {
        csimdjson_status result = reserve(length);
        if (result != CSIMDJSON_VALID) return result;
        const uint8_t *source = text;
        if (readable < length + simdjson::SIMDJSON_PADDING) {
            std::memcpy(padded.get(), text, length);
            source = padded.get();
        }
        return status(dom.parse(source, length, false).error());
    }

    csimdjson_status minify(const uint8_t *text, size_t length, size_t readable, uint8_t *minified,
                            size_t *minified_length) {
        *minified_length = 0;
        // Validate first: minification alone would turn `[1 2]` into `[12]`.
        csimdjson_status result = validate(text, length, readable);
        if (result != CSIMDJSON_VALID) return result;
        if (!may_have_white_space(text, length)) {
            if (minified != text) std::memmove(minified, text, length);
            *minified_length = length;
            return CSIMDJSON_VALID;
        }
        // In place is safe: it never writes beyond what it has read.
        return status(simdjson::minify(reinterpret_cast<const char *>(text), length,
                                       reinterpret_cast<char *>(minified), *minified_length));
    }

    // Delivers the first members of the document that was just minified, if it is an object, and rewrites its rare numbers.
    csimdjson_status first_members(uint8_t *minified, size_t *length, bool is_indexed, size_t *count) {
        if (minified[0] != '{' || minified[1] == '}') return CSIMDJSON_VALID;
        // The token index is that of the text before minification.
        if (!is_indexed) {
            csimdjson_status result = index(minified, *length);
            if (result != CSIMDJSON_VALID) return result;
        }
        has_rare_number = false;
        *count = deliver(minified, tokens());
        // The numbers among the members that are delivered later.
        if (next_token != nullptr) {
            for (const uint32_t *token = next_token; token != last_token(); token++) note_number(minified, token);
        }
        if (!has_rare_number) return CSIMDJSON_VALID;
        *length = rewrite_numbers(minified, *length);
        csimdjson_status result = index(minified, *length);
        *count = result == CSIMDJSON_VALID ? deliver(minified, tokens()) : 0;
        return result;
    }

    csimdjson_status read_event(const uint8_t *text, size_t length, size_t readable, bool is_line,
                                csimdjson_event *event) {
        csimdjson_status result = validate(text, length, readable);
        if (result != CSIMDJSON_VALID) return result;
        simdjson::dom::object line;
        if (dom.doc.root().get(line)) return CSIMDJSON_INVALID;
        std::string_view ts, type, stream;
        simdjson::dom::element data, meta;
        // What `StoredEvent` asks for: integers that every reader represents exactly, among others.
        if (line["seq"].get(event->seq) || event->seq > (uint64_t(1) << 53) - 1 || line["ts"].get(ts) ||
            line["type"].get(type) ||
            (is_line && (line["stream"].get(stream) || (stream != "site" && stream != "run"))) ||
            line["data"].get(data) || line["meta"].get(meta) || !meta.is_object()) {
            return CSIMDJSON_INVALID;
        }
        leaves.collect(data);
        event->ts = ts.data();
        event->ts_length = ts.size();
        event->type = type.data();
        event->type_length = type.size();
        event->leaves = leaves.leaves.data();
        event->leaf_count = leaves.leaves.size();
        return CSIMDJSON_VALID;
    }

    // Finds the tokens of a valid text.
    csimdjson_status index(const uint8_t *text, size_t length) {
        std::memcpy(padded.get(), text, length);
        return status(dom.implementation->stage1(padded.get(), length, simdjson::stage1_mode::regular));
    }

    // Where the tokens of the text start, in bytes.
    const uint32_t *tokens() const { return dom.implementation->structural_indexes.get(); }

    const uint32_t *last_token() const { return tokens() + dom.implementation->n_structural_indexes - 1; }

    __attribute__((always_inline)) void note_number(const uint8_t *minified, const uint32_t *token) {
        if (token_kinds[minified[*token]] != number) return;
        const uint8_t *start = minified + token[0], *end = minified + token[1];
        if (may_be_rare_number(start, end) && is_rare_number(start, end)) has_rare_number = true;
    }

    // Writes the rare numbers of an indexed text in another form, and returns how long it is then.
    size_t rewrite_numbers(uint8_t *minified, size_t length) {
        size_t read = 0, written = 0;
        for (const uint32_t *token = tokens(); token != last_token(); token++) {
            if (token_kinds[minified[*token]] != number) continue;
            const uint8_t *start = minified + token[0], *end = minified + token[1];
            char form[rare_number_capacity];
            size_t form_length = common_form_of_number(start, end, form);
            if (form_length == 0) continue;
            std::memmove(minified + written, minified + read, token[0] - read);
            written += token[0] - read;
            std::memcpy(minified + written, form, form_length);
            written += form_length;
            read = token[1];
        }
        std::memmove(minified + written, minified + read, length - read);
        return written + length - read;
    }

    size_t next_members(const uint8_t *minified) { return next_token == nullptr ? 0 : deliver(minified, next_token); }

    // Delivers the members after `token`, by simdjson's index of where tokens start: in minified text a token ends where
    // the next one starts. An object or array is skipped by counting brackets.
    __attribute__((always_inline)) size_t deliver(const uint8_t *minified, const uint32_t *token) {
        csimdjson_member *member = members;
        bool has_more;
        do {
            uint32_t name = token[1], colon = token[2], value = token[3];
            token += 4;
            token_kind kind = token_kinds[minified[value]];
            if (kind == number) {
                note_number(minified, token - 1);
            } else if (kind == opening) {
                for (size_t depth = 1; depth > 0; token++) {
                    kind = token_kinds[minified[*token]];
                    if (kind == other) continue;
                    if (kind == number) {
                        note_number(minified, token);
                    } else {
                        depth += kind == opening ? 1 : -1;
                    }
                }
            }
            *member++ = {name, colon - name, value, *token - value};
            has_more = minified[*token] == ',';
        } while (has_more && member != members + CSIMDJSON_MEMBERS);
        next_token = has_more ? token : nullptr;
        return size_t(member - members);
    }

    // Includes what simdjson allocates for documents of `capacity` bytes: see its document::allocate(), set_capacity().
    size_t held_bytes() const {
        size_t tape = capacity * sizeof(uint64_t), strings = capacity * 5 / 3, index = capacity * sizeof(uint32_t);
        return sizeof(*this) + tape + strings + index + capacity + leaves.held_bytes();
    }

    // Frees large buffers, unless the index in them is still needed for further members.
    void shrink() {
        if (capacity <= kept_capacity || next_token != nullptr) return;
        dom = simdjson::dom::parser();
        padded.reset();
        capacity = 0;
    }

    size_t max_depth;
    size_t capacity = 0;
    simdjson::dom::parser dom;
    std::unique_ptr<uint8_t[]> padded;
    // The token before the next member, `{` or `,`, in simdjson's index; null if there are no more members.
    const uint32_t *next_token = nullptr;
    // Whether a number was seen that `rewrite_numbers` has to write in another form.
    bool has_rare_number = false;
    csimdjson_member members[CSIMDJSON_MEMBERS];
    event_leaves leaves;
};

csimdjson_parser *csimdjson_parser_create(size_t max_depth) {
    return new (std::nothrow) csimdjson_parser(max_depth);
}

void csimdjson_parser_destroy(csimdjson_parser *parser) { delete parser; }

csimdjson_status csimdjson_validate(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable) {
    csimdjson_status result = parser->validate(text, length, readable);
    parser->shrink();
    return result;
}

csimdjson_status csimdjson_read_event(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                      bool is_line, csimdjson_event *event) {
    // The buffers of a long line, to which the event points, are freed with the next line.
    parser->shrink();
    parser->leaves.shrink();
    return parser->read_event(text, length, readable, is_line, event);
}

csimdjson_status csimdjson_minify(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                  uint8_t *minified, size_t *minified_length) {
    csimdjson_status result = parser->minify(text, length, readable, minified, minified_length);
    parser->shrink();
    return result;
}

csimdjson_status csimdjson_minify_object(csimdjson_parser *parser, const uint8_t *text, size_t length, size_t readable,
                                         uint8_t *minified, size_t *minified_length,
                                         const csimdjson_member **members, size_t *count) {
    *members = parser->members;
    *count = 0;
    csimdjson_status result = parser->minify(text, length, readable, minified, minified_length);
    if (result == CSIMDJSON_VALID) {
        result = parser->first_members(minified, minified_length, *minified_length == length, count);
    }
    parser->shrink();
    return result;
}

size_t csimdjson_next_members(csimdjson_parser *parser, const uint8_t *minified) {
    size_t count = parser->next_members(minified);
    parser->shrink();
    return count;
}

size_t csimdjson_held_bytes(const csimdjson_parser *parser) { return parser->held_bytes(); }
