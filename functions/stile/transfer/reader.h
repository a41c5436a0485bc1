// Reading the JSON of a document; an error names its place ("clients[2].redirect_uris[0]: …").
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/error.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <utility>
#include <vector>

namespace stile::admin {

// `why` is a predicate whose subject is the place.
std::unexpected<OAuthError> refuse(const std::string& place, const std::string& why);

// A text from a document must not move the cursor of a terminal.
std::string printable(std::string text);

// An object of the document and its place there. Reading a field that is missing leaves the value as it was. The object
// must outlive the reader.
class Reader {
public:
    Reader(const nlohmann::json& object, std::string place) : m_object(object), m_place(std::move(place)) {}

    const std::string& place() const { return m_place; }
    std::string place_of(const std::string& name) const { return m_place.empty() ? name : m_place + "." + name; }

    // Checks that it is an object with no other fields than these, and that the first `required` are there.
    Result<void> has(std::size_t required, const std::vector<std::string>& names) const;

    Result<void> read(const std::string& name, std::string& text) const;
    Result<void> read(const std::string& name, bool& yes) const;
    Result<void> read(const std::string& name, Seconds& number) const;
    Result<void> read(const std::string& name, std::vector<std::string>& texts) const;

    // The names of an object in the field, with their values as JSON text.
    Result<std::vector<std::pair<std::string, std::string>>> members(const std::string& name) const;

    // A list in the field, which must be there; a reader for each element.
    Result<std::vector<Reader>> list(const std::string& name) const;

private:
    template <typename Value>
    Result<void> take(const std::string& name, Value& value, bool fits, const char* expectation) const;

    const nlohmann::json& m_object;
    std::string m_place;
};

} // namespace stile::admin
