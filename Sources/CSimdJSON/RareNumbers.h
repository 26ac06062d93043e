// Numbers of valid JSON that not every reader takes, and the form in which all do.
//
// A number is rare if it is a double, written with a fraction or an exponent, and
// - the digits before these are no integer of 64 bits: `59506750011601810000.0`. pandas.read_json refuses the file;
// - or its exponent is above 308 or has more than three digits: `0e999`, `0.1e309`, `1e-99999999999`. pandas takes such
//   for infinity or NaN, Polars refuses the file.
//
// The common form is the shortest decimal that stands for the same double: `5.950675001160181e19`, `0.0`, `1e308`. It is
// never longer, so a text can be rewritten in its place. (Integers beyond 64 bits and numbers beyond a double are no valid
// JSON here at all.)
#ifndef RARE_NUMBERS_H
#define RARE_NUMBERS_H

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace {

constexpr size_t rare_number_capacity = 32;

inline bool is_digit(uint8_t byte) { return uint8_t(byte - '0') < 10; }

inline uint64_t eight_bytes(const uint8_t *start) {
    uint64_t bytes;
    std::memcpy(&bytes, start, sizeof bytes);
    return bytes;
}

// Whether one of eight bytes is `byte`.
inline bool has_byte(uint64_t bytes, uint8_t byte) {
    constexpr uint64_t ones = 0x0101010101010101;
    uint64_t others = bytes ^ ones * byte; // A zero byte for each.
    return ((others - ones) & ~others & ones * 0x80) != 0;
}

inline bool has_exponent_mark(uint64_t bytes) { return has_byte(bytes | 0x2020202020202020, 'e'); }

// Whether a number is to be looked at more closely: hardly one is.
//
// There are eight bytes before `end`: a number is the value of a member.
__attribute__((always_inline)) inline bool may_be_rare_number(const uint8_t *start, const uint8_t *end) {
    size_t length = size_t(end - start);
    if (length < 5) return false; // `0e309` is the shortest one.
    // Twenty digits, or a sign and nineteen, and `.0` or `e0`.
    if (length >= 22 && (length > 24 || !has_byte(eight_bytes(start), '.'))) return true;
    // What follows is about exponents of three digits or more.
    if (!is_digit(end[-2]) || !is_digit(end[-3])) return false;
    uint64_t last = eight_bytes(end - 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (length < 8) last >>= 64 - 8 * length;
#endif
    if (has_exponent_mark(last)) return true;
    if (length > 8 && has_exponent_mark(eight_bytes(start))) return true;
    return length > 16 && has_exponent_mark(eight_bytes(start + 8));
}

// The parts of a number.
struct number_parts {
    number_parts(const uint8_t *start, const uint8_t *end) {
        std::string_view text(reinterpret_cast<const char *>(start), size_t(end - start));
        is_negative = text[0] == '-';
        text.remove_prefix(is_negative);
        size_t mark = text.find_first_of("eE");
        if (mark != text.npos) {
            exponent = text.substr(mark + 1);
            is_exponent_negative = exponent[0] == '-';
            if (is_exponent_negative || exponent[0] == '+') exponent.remove_prefix(1);
            while (exponent.length() > 1 && exponent[0] == '0') exponent.remove_prefix(1);
            text = text.substr(0, mark);
        }
        size_t point = text.find('.');
        integer = text.substr(0, point);
        is_double = mark != text.npos || point != text.npos;
    }

    bool is_rare() const {
        if (!is_double) return false;
        std::string_view largest = is_negative ? "9223372036854775808" : "18446744073709551615";
        if (integer.length() > largest.length()) return true;
        if (integer.length() == largest.length() && integer > largest) return true;
        if (exponent.length() > 3) return true;
        return !is_exponent_negative && exponent.length() == 3 && exponent > "308";
    }

    bool is_negative, is_double, is_exponent_negative = false;
    std::string_view integer;
    // Without its sign and leading zeros.
    std::string_view exponent;
};

__attribute__((noinline)) inline bool is_rare_number(const uint8_t *start, const uint8_t *end) {
    return number_parts(start, end).is_rare();
}

// Writes the common form of a number of valid JSON to `form`, and returns its length: 0 if the number is not rare.
__attribute__((noinline)) inline size_t common_form_of_number(const uint8_t *start, const uint8_t *end, char *form) {
    number_parts parts(start, end);
    if (!parts.is_rare()) return 0;
    double value = 0;
    // What is out of range is too small: numbers that are too large are not valid.
    std::from_chars(reinterpret_cast<const char *>(start), reinterpret_cast<const char *>(end), value);
    size_t length;
    if (value == 0) {
        length = parts.is_negative ? 4 : 3;
        std::memcpy(form, parts.is_negative ? "-0.0" : "0.0", length);
    } else {
        char *last = std::to_chars(form, form + rare_number_capacity, value, std::chars_format::scientific).ptr;
        // `1e+19` is written `1e19`.
        char *plus = static_cast<char *>(std::memchr(form, '+', size_t(last - form)));
        if (plus != nullptr) std::memmove(plus, plus + 1, size_t(last - plus - 1));
        length = size_t(last - form) - (plus != nullptr);
    }
    return length <= size_t(end - start) ? length : 0;
}

} // namespace

#endif
