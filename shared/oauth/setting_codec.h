// How a member of Client becomes a value of a document and a field in Redis, said once for each type. For the table of
// client_settings.cpp only.
#pragma once

#include "shared/base/text.h"
#include "shared/oauth/client_settings.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// A member as text. `read` gives nothing for a text that it does not know; `strictest` is the text that counts in its
// place where a record was changed by hand.
template <typename Member>
struct Words;

template <>
struct Words<std::string> {
    static std::string write(const std::string& text) { return text; }
    static std::optional<std::string> read(std::string_view text) { return std::string(text); }
    static constexpr std::string_view strictest{};
};

template <>
struct Words<Scope> {
    static std::string write(const Scope& scope) { return scope.to_string(); }
    static std::optional<Scope> read(std::string_view text)
    {
        auto scope = Scope::parse(text);
        return scope ? std::optional(scope.take()) : std::nullopt;
    }
    static constexpr std::string_view strictest{};
};

template <>
struct Words<AuthMethod> {
    static std::string write(AuthMethod method) { return std::string(to_string(method)); }
    static std::optional<AuthMethod> read(std::string_view text) { return parse_auth_method(text); }
    static constexpr std::string_view strictest = "client_secret_basic";
};

template <>
struct Words<JwsAlgorithm> {
    static std::string write(JwsAlgorithm algorithm) { return std::string(to_string(algorithm)); }
    static std::optional<JwsAlgorithm> read(std::string_view text) { return parse_jws_algorithm(text); }
    static constexpr std::string_view strictest = "RS256"; // OpenID Connect Dynamic Client Registration §2
};

template <>
struct Words<std::optional<JwsAlgorithm>> {
    using Member = std::optional<JwsAlgorithm>;
    static std::string write(const Member& algorithm) { return algorithm ? std::string(to_string(*algorithm)) : ""; }
    static std::optional<Member> read(std::string_view text)
    {
        const auto algorithm = parse_jws_algorithm(text);
        return algorithm || text.empty() ? std::optional(algorithm) : std::nullopt;
    }
    static constexpr std::string_view strictest{};
};

// A bool that has a word for no and one for yes.
template <const std::array<std::string_view, 2>& words>
struct OneOfTwo {
    static std::string write(bool yes) { return std::string(words[yes ? 1 : 0]); }
    static std::optional<bool> read(std::string_view text)
    {
        return text == words[0] || text == words[1] ? std::optional(text == words[1]) : std::nullopt;
    }
    static constexpr std::string_view strictest = words[0];
};

// Text in documents and in Redis.
template <typename Member, typename Text = Words<Member>>
struct TextCodec {
    static SettingValue value(const Member& member) { return Text::write(member); }
    static bool assign(const SettingValue& value, Member& member)
    {
        const auto* text = std::get_if<std::string>(&value);
        auto read = text != nullptr ? Text::read(*text) : std::nullopt;
        if (read)
            member = std::move(*read);
        return read.has_value();
    }
    static std::string stored(const Member& member) { return Text::write(member); }
    static Member restored(std::string_view text)
    {
        auto read = Text::read(text);
        return std::move(read ? read : Text::read(Text::strictest)).value();
    }
};

template <typename Member>
struct Codec : TextCodec<Member> {};

// Records from before OpenID Connect have no such field: RS256 is none.
template <>
struct Codec<JwsAlgorithm> : TextCodec<JwsAlgorithm> {
    static std::string stored(JwsAlgorithm algorithm)
    {
        return algorithm == JwsAlgorithm::rs256 ? std::string() : std::string(to_string(algorithm));
    }
};

// A member that documents carry as it is.
template <typename Member>
struct PlainCodec {
    static SettingValue value(const Member& member) { return member; }
    static bool assign(const SettingValue& value, Member& member)
    {
        const auto* given = std::get_if<Member>(&value);
        if (given != nullptr)
            member = *given;
        return given != nullptr;
    }
};

template <>
struct Codec<std::vector<std::string>> : PlainCodec<std::vector<std::string>> {
    static std::string stored(const std::vector<std::string>& words) { return join(words, " "); }
    static std::vector<std::string> restored(std::string_view text)
    {
        const auto words = split(text, ' ');
        return {words.begin(), words.end()};
    }
};

template <>
struct Codec<bool> : PlainCodec<bool> {
    static std::string stored(bool yes) { return yes ? "1" : ""; }
    static bool restored(std::string_view text) { return text == "1"; }
};

template <>
struct Codec<Seconds> : PlainCodec<Seconds> {
    static std::string stored(Seconds seconds) { return seconds > 0 ? std::to_string(seconds) : ""; }
    static Seconds restored(std::string_view text) { return parse_number<Seconds>(text).value_or(0); }
};

} // namespace stile
