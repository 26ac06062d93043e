#include "CTOML.h"

// The library is compiled in: it is needed where a file is read, and not worth a library that is loaded at each start.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace {

ctoml_text text(std::string_view view) { return {view.data(), view.size()}; }

} // namespace

struct ctoml_document {
    explicit ctoml_document(toml::parse_result &&result) : result(std::move(result)) {
        if (this->result.failed()) {
            const auto &error = this->result.error();
            fault = {text(error.description()), error.source().begin.line, error.source().begin.column};
            is_faulty = true;
            return;
        }
        add(this->result.table(), 0, {});
    }

    void add(const toml::node &node, size_t container, ctoml_text key) {
        const size_t index = values.size();
        ctoml_value value{};
        value.container = container;
        value.key = key;
        value.line = std::max<uint32_t>(1, node.source().begin.line);
        value.column = std::max<uint32_t>(1, node.source().begin.column);
        switch (node.type()) {
        case toml::node_type::table: value.kind = CTOML_TABLE; break;
        case toml::node_type::array: value.kind = CTOML_ARRAY; break;
        case toml::node_type::string:
            value.kind = CTOML_STRING;
            value.text = text(node.as_string()->get());
            break;
        case toml::node_type::integer:
            value.kind = CTOML_INTEGER;
            value.integer = node.as_integer()->get();
            break;
        case toml::node_type::floating_point:
            value.kind = CTOML_FLOAT;
            value.number = node.as_floating_point()->get();
            break;
        case toml::node_type::boolean:
            value.kind = CTOML_BOOLEAN;
            value.boolean = node.as_boolean()->get();
            break;
        default: value.kind = CTOML_TIME; break;
        }
        values.push_back(value);
        if (const auto *array = node.as_array()) {
            for (const auto &element : *array) add(element, index, {});
        } else if (const auto *table = node.as_table()) {
            std::vector<std::pair<const toml::key *, const toml::node *>> members;
            for (const auto &[name, member] : *table) members.emplace_back(&name, &member);
            std::stable_sort(members.begin(), members.end(), [](const auto &left, const auto &right) {
                return left.first->source().begin < right.first->source().begin;
            });
            for (const auto &[name, member] : members) add(*member, index, text(name->str()));
        }
    }

    toml::parse_result result;
    std::vector<ctoml_value> values;
    ctoml_fault fault{};
    bool is_faulty = false;
};

extern "C" {

ctoml_document *ctoml_parse(const char *bytes, size_t length) try {
    return new ctoml_document(toml::parse(std::string_view(bytes, length)));
} catch (const std::bad_alloc &) {
    return nullptr;
}

void ctoml_destroy(ctoml_document *document) { delete document; }

const ctoml_fault *ctoml_document_fault(const ctoml_document *document) {
    return document->is_faulty ? &document->fault : nullptr;
}

const ctoml_value *ctoml_document_values(const ctoml_document *document, size_t *count) {
    *count = document->values.size();
    return document->values.data();
}
}
