// The leaves of an event's data: the numbers, strings, booleans and nulls in it, each with its path.
//
// A path is the names on the way, joined by dots, and the index of an array's element: `mount.ra`, `adc.0`. Elements of an
// array that are objects with a member `attributes` are told apart by these instead, which stand behind the path, sorted by
// their names: `readings.value{band=left}`. An array `points`, as the metrics of OpenTelemetry have, is not named then:
// `value{band=left}`. Data that is itself a leaf has the path `value`.
#ifndef EVENT_LEAVES_H
#define EVENT_LEAVES_H

#include "CSimdJSON.h"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

class event_leaves {
public:
    // Collects the leaves of `data`, up to CSIMDJSON_LEAVES.
    void collect(simdjson::dom::element data) {
        leaves.clear();
        paths.clear();
        path.clear();
        labels.clear();
        walk(data);
        // The paths do not move any more.
        for (csimdjson_leaf &leaf : leaves) leaf.path = paths.data() + size_t(leaf.path);
    }

    std::vector<csimdjson_leaf> leaves;

    size_t held_bytes() const { return leaves.capacity() * sizeof(csimdjson_leaf) + paths.capacity(); }

    void shrink() {
        if (held_bytes() <= (1 << 18)) return;
        leaves = {};
        paths = {};
    }

private:
    using element = simdjson::dom::element;
    using type = simdjson::dom::element_type;

    static constexpr size_t elements = 8;

    void walk(element value) {
        switch (value.type()) {
        case type::OBJECT:
            for (auto [name, member] : simdjson::dom::object(value)) walk(name, member);
            break;
        case type::ARRAY: walk(simdjson::dom::array(value), path.size()); break;
        case type::STRING: {
            std::string_view text = value.get_string().value_unsafe();
            add({nullptr, text.data(), 0, 0, 0, uint32_t(text.size()), CSIMDJSON_STRING});
            break;
        }
        case type::BOOL: {
            bool flag = value.get_bool().value_unsafe();
            add({nullptr, nullptr, flag ? 1.0 : 0.0, 0, 0, 0, flag ? CSIMDJSON_TRUE : CSIMDJSON_FALSE});
            break;
        }
        case type::NULL_VALUE: add({nullptr, nullptr, 0, 0, 0, 0, CSIMDJSON_NULL}); break;
        default: add({nullptr, nullptr, value.get_double().value_unsafe(), 0, 0, 0, CSIMDJSON_NUMBER});
        }
    }

    void walk(std::string_view name, element value) {
        // Nothing below would be delivered. (Only a name `points` is taken off a path again.)
        if (leaves.size() == CSIMDJSON_LEAVES || path.size() + name.size() > CSIMDJSON_PATH_LENGTH) return;
        size_t parent = path.size();
        append(name);
        if (value.is_array()) {
            walk(simdjson::dom::array(value), name == "points" ? parent : path.size());
        } else {
            walk(value);
        }
        path.resize(parent);
    }

    // `labelled` is how much of the path elements with attributes have.
    void walk(simdjson::dom::array array, size_t labelled) {
        size_t index = 0, length = path.size();
        for (element value : array) {
            if (leaves.size() == CSIMDJSON_LEAVES) return;
            simdjson::dom::object attributes;
            if (value.is_object() && value.at_key("attributes").get(attributes) == simdjson::SUCCESS) {
                walk(value, attributes, labelled);
            } else if (index < elements) {
                append(std::to_string(index));
                walk(value);
                path.resize(length);
            }
            index++;
        }
    }

    void walk(element value, simdjson::dom::object attributes, size_t labelled) {
        size_t length = labels.size();
        std::vector<std::string> texts;
        for (auto [name, member] : attributes) texts.push_back(std::string(name) + "=" + text(member));
        std::sort(texts.begin(), texts.end());
        for (const std::string &text : texts) {
            if (!labels.empty()) labels += ',';
            labels += text;
        }
        std::string whole = path;
        path.resize(labelled);
        for (auto [name, member] : simdjson::dom::object(value)) {
            if (name != "attributes") walk(name, member);
        }
        path = std::move(whole);
        labels.resize(length);
    }

    static std::string text(element value) {
        std::string_view string;
        if (value.get(string) == simdjson::SUCCESS) return std::string(string);
        return simdjson::minify(value);
    }

    void append(std::string_view name) {
        if (!path.empty()) path += '.';
        path += name;
    }

    size_t path_length() const {
        if (labels.empty()) return path.empty() ? 5 : path.size();
        return (path.empty() ? 5 : path.size()) + labels.size() + 2;
    }

    void add(csimdjson_leaf leaf) {
        size_t length = path_length();
        if (length > CSIMDJSON_PATH_LENGTH || leaves.size() == CSIMDJSON_LEAVES) return;
        size_t start = paths.size();
        paths += path.empty() ? std::string_view("value") : std::string_view(path);
        if (!labels.empty()) {
            paths += '{';
            paths += labels;
            paths += '}';
        }
        // FNV-1a.
        uint64_t hash = 0xCBF29CE484222325;
        for (size_t index = start; index < paths.size(); index++) hash = (hash ^ uint8_t(paths[index])) * 0x100000001B3;
        leaf.path = reinterpret_cast<const char *>(start);
        leaf.path_length = uint32_t(length);
        leaf.path_hash = hash;
        leaves.push_back(leaf);
    }

    std::string path, labels, paths;
};

} // namespace

#endif
