#include "functions/stile/output.h"

#include "shared/base/shown_text.h"

#include <nlohmann/json.hpp>

#include <iostream>

namespace stile::admin {

namespace {

using Object = nlohmann::ordered_json;

Object json_of(const Value& value)
{
    if (const auto* json = std::get_if<Json>(&value))
        return Object::parse(json->text);
    return std::visit(
        [](const auto& held) -> Object {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Json>)
                return nullptr;
            else
                return held;
        },
        value);
}

Object json_of(const Entry& entry)
{
    auto object = Object::object();
    for (const auto& field : entry)
        object[field.name] = json_of(field.value);
    return object;
}

// ASCII only: text from Redis may be written by others and must not move the cursor of a terminal.
std::string text_of(const Object& document, int indent)
{
    return document.dump(indent, ' ', true, Object::error_handler_t::replace);
}

void write(const Object& document, int indent)
{
    std::cout << text_of(document, indent) << '\n';
}

// The lines that show a value: none if it is left out.
std::vector<std::string> raw_lines_of(const Field& field)
{
    struct Lines {
        std::vector<std::string> operator()(const std::string& text) const { return {text}; }
        std::vector<std::string> operator()(std::int64_t number) const { return {std::to_string(number)}; }
        std::vector<std::string> operator()(bool yes) const { return {yes ? "yes" : "no"}; }
        std::vector<std::string> operator()(const std::vector<std::string>& several) const { return several; }
        std::vector<std::string> operator()(const Json& json) const { return {json.text}; }
    };
    if (!field.shown)
        return std::visit(Lines(), field.value);
    return field.shown->empty() ? std::vector<std::string>() : std::vector{*field.shown};
}

// Text from Redis may be written by others: nothing in it moves the cursor, hides or turns round what stands beside it.
std::vector<std::string> lines_of(const Field& field)
{
    auto lines = raw_lines_of(field);
    for (auto& line : lines)
        line = escaped_for_terminal(line);
    return lines;
}

std::string singular_of(const Field& field)
{
    const bool is_list = std::holds_alternative<std::vector<std::string>>(field.value) && !field.shown;
    return is_list ? field.name.substr(0, field.name.size() - 1) : field.name;
}

} // namespace

std::string to_json(const Entry& entry)
{
    return text_of(json_of(entry), 2);
}

std::string counted(std::size_t number, const std::string& singular)
{
    return std::to_string(number) + " " + singular + (number == 1 ? "" : "s");
}

Row row_of(Entry entry)
{
    std::string line;
    for (const auto& field : entry)
        for (const auto& text : lines_of(field))
            line.append(line.empty() ? "" : "  ").append(text);
    return {std::move(line), std::move(entry)};
}

void Printer::thing(const Entry& entry) const
{
    if (m_json)
        return write(json_of(entry), 2);
    for (const auto& field : entry)
        for (const auto& text : lines_of(field))
            std::cout << singular_of(field) << ": " << text << '\n';
}

void Printer::report(const std::string& sentence, const Entry& entry) const
{
    if (m_json)
        return write(json_of(entry), 2);
    std::cout << sentence << '\n';
}

void Printer::list(const std::vector<Row>& rows) const
{
    auto array = Object::array();
    for (const auto& row : rows)
        if (m_json)
            array.push_back(json_of(row.entry));
        else
            std::cout << row.line << '\n';
    if (m_json)
        write(array, 2);
}

void Printer::item(const Row& row) const
{
    if (m_json)
        return write(json_of(row.entry), -1);
    std::cout << row.line << '\n';
}

void Printer::aside(const std::string& line) const
{
    if (!m_json)
        std::cout << line << '\n';
}

} // namespace stile::admin
