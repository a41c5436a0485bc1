// How nginx inherits decides what is open. auth_request and satisfy go down into inner locations. The lines of
// proxy_set_header and its like do so only where there are none of that kind, and `set` never does. Of several locations
// for an address a regular expression wins over a prefix, unless the prefix has ^~.
#include "functions/stile/check/nginx_protection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace stile::admin {

namespace {

// A block within those around it.
struct Place {
    const NginxDirective& block;
    const Place* outer; // null for the whole configuration

    bool is_location() const { return block.name() == "location"; }
};

// How a location passes requests on, and which lines of it say who calls.
struct Way {
    std::string_view pass;
    std::string_view line;
    std::string_view subject;
};

constexpr std::array ways = {
    Way{"proxy_pass", "proxy_set_header", "X-Stile-Subject"},
    Way{"grpc_pass", "grpc_set_header", "X-Stile-Subject"},
    Way{"fastcgi_pass", "fastcgi_param", "HTTP_X_STILE_SUBJECT"},
    Way{"uwsgi_pass", "uwsgi_param", "HTTP_X_STILE_SUBJECT"},
    Way{"scgi_pass", "scgi_param", "HTTP_X_STILE_SUBJECT"},
};

// The innermost block that has the directive; null if none has.
const Place* having(std::string_view directive, const Place* place)
{
    while (place != nullptr && place->block.last(directive) == nullptr)
        place = place->outer;
    return place;
}

// The value that counts at a place.
std::string value_at(std::string_view directive, const Place& place)
{
    const auto* where = having(directive, &place);
    const auto* found = where == nullptr ? nullptr : where->block.last(directive);
    return found == nullptr || found->words.size() < 2 ? "" : found->words[1];
}

bool is_protected(const Place& place)
{
    return value_at("auth_request", place) == "/stile/verify";
}

// location = /x | location ^~ /x | location ~ x | location /x | location @x
std::string_view modifier_of(const NginxDirective& location)
{
    return location.words.size() == 3 ? std::string_view(location.words[1]) : std::string_view();
}

std::string_view address_of(const NginxDirective& location)
{
    return location.words.back();
}

bool is_regex(const NginxDirective& location)
{
    return modifier_of(location).starts_with('~');
}

bool is_named(const NginxDirective& location)
{
    return address_of(location).starts_with('@');
}

bool is_prefix(const NginxDirective& location)
{
    return !is_named(location) && (modifier_of(location).empty() || modifier_of(location) == "^~");
}

// What every address begins with that the regular expression matches, as far as it is easy to see.
std::string_view beginning_of(std::string_view regex)
{
    if (!regex.starts_with('^'))
        return "";
    regex.remove_prefix(1);
    const auto plain = regex.substr(0, regex.find_first_of("\\^$.|?*+()[]{}"));
    // The last character before ?, * or { may be absent; behind a | anything may begin.
    if (regex.contains('|') && !regex.contains('('))
        return "";
    const auto rest = regex.substr(plain.size());
    return rest.starts_with('?') || rest.starts_with('*') || rest.starts_with('{')
               ? plain.substr(0, plain.empty() ? 0 : plain.size() - 1)
               : plain;
}

std::string_view beginning_of(const NginxDirective& location)
{
    return is_regex(location) ? beginning_of(address_of(location)) : address_of(location);
}

bool may_overlap(const NginxDirective& a, const NginxDirective& b)
{
    if (modifier_of(a) == "~*" || modifier_of(b) == "~*")
        return true; // in upper or lower case
    return beginning_of(a).starts_with(beginning_of(b)) || beginning_of(b).starts_with(beginning_of(a));
}

// Whether requests get nothing there, or are for Stile itself.
bool is_closed(const NginxDirective& location)
{
    const auto denied = location.all("deny");
    const bool denies_all = std::ranges::any_of(denied, [](const auto* deny) { return deny->has_word("all"); })
                            && location.last("allow") == nullptr;
    const auto* answer = location.last("return");
    const auto* pass = location.last("fastcgi_pass");
    return denies_all || location.last("internal") != nullptr
           || (answer != nullptr && answer->words.size() > 1 && answer->words[1].starts_with('4'))
           || (pass != nullptr && pass->words.size() == 2 && pass->words[1].starts_with("stile_"));
}

class Protection {
public:
    explicit Protection(CheckReport& report) : m_report(report) {}

    void walk(const Place& place)
    {
        for (const auto& block : place.block.inside) {
            const Place inner = {block, &place};
            if (block.name() == "location" || block.name() == "if" || block.name() == "limit_except")
                check(inner);
            if (block.name() == "location")
                check_siblings(inner);
            walk(inner);
        }
    }

    void conclude()
    {
        if (m_protected > 0 && m_said.empty())
            m_report.good(
                "the protected locations ask each request for a token, and their upstreams are told who calls");
    }

private:
    void check(const Place& place)
    {
        if (!is_protected(place)) {
            if (place.is_location() && place.outer->is_location() && is_protected(*place.outer)
                && !is_closed(place.block))
                m_report.note(named(place) + " has auth_request off: it asks for no token, though it lies within "
                              + named(*place.outer));
            return;
        }
        ++m_protected;
        check_header_lines(place);
        check_demands(place);
        check_settings(place);
        check_fallbacks(place);
    }

    // The upstream must be told who calls, and not by the client.
    void check_header_lines(const Place& place)
    {
        for (const auto& way : ways) {
            if (place.block.last(way.pass) == nullptr)
                continue;
            const auto* where = having(way.line, &place);
            const auto lines = where == nullptr ? std::vector<const NginxDirective*>() : where->block.all(way.line);
            if (!std::ranges::any_of(lines, [&](const auto* line) { return line->has_word(way.subject); }))
                problem(named(place) + ": its upstream gets no X-Stile-… headers of Stile"
                        + (where == nullptr ? ""
                                            : ", because nginx does not add those of an outer block to " + named(*where)
                                                  + "'s own " + std::string(way.line))
                        + "; write \"include stile/protect.conf;\" there");
        }
    }

    // What protects an outer location demands a scope, of which the inner one knows nothing.
    void check_demands(const Place& place)
    {
        if (place.block.name() == "if") // it runs what stands before it
            return;
        for (const std::string_view variable : {"$stile_scope", "$stile_audience"}) {
            if (sets(place.block, variable))
                continue;
            for (const auto* outer = place.outer; outer != nullptr && outer->is_location(); outer = outer->outer)
                if (sets(outer->block, variable)) {
                    problem(named(place) + " demands no " + std::string(variable)
                            + ", because nginx does not hand on \"set\" of " + named(*outer) + "; "
                            + (place.is_location() ? "repeat it there"
                                                   : "use a separate location instead of limit_except"));
                    break;
                }
        }
    }

    static bool sets(const NginxDirective& block, std::string_view variable)
    {
        const auto lines = block.all("set");
        return std::ranges::any_of(lines, [&](const auto* line) { return line->has_word(variable); });
    }

    void check_settings(const Place& place)
    {
        if (value_at("satisfy", place) == "any")
            problem(named(place)
                    + " has satisfy any: whom allow or auth_basic admits needs no token; write \"satisfy all;\" there");
        if (value_at("underscores_in_headers", place) == "on")
            problem(
                "underscores_in_headers is on: X_Stile_Subject is another header to nginx than X-Stile-Subject, and "
                "the same to many an upstream; turn it off for the server of "
                + named(place));
        if (value_at("ignore_invalid_headers", place) == "off")
            problem(
                "ignore_invalid_headers is off: X.Stile.Subject is another header to nginx than X-Stile-Subject, and "
                "the same to many an upstream; turn it on for the server of "
                + named(place));
    }

    // try_files and error_page can pass a request on to a named location, whose lines count then.
    void check_fallbacks(const Place& place)
    {
        for (const std::string_view directive : {"try_files", "error_page"}) {
            const auto* where = having(directive, &place);
            if (where == nullptr)
                continue;
            for (const auto* line : where->block.all(directive))
                if (line->words.back().starts_with('@'))
                    check_fallback(place, line->words.back());
        }
    }

    void check_fallback(const Place& place, const std::string& name)
    {
        const Place* server = &place;
        while (server->outer != nullptr && server->is_location())
            server = server->outer;
        for (const auto* location : server->block.all("location")) {
            const Place there = {*location, server};
            const bool passes =
                std::ranges::any_of(ways, [&](const Way& way) { return location->last(way.pass) != nullptr; });
            if (address_of(*location) == name && passes && !is_closed(*location) && !is_protected(there))
                problem(
                    named(there) + " gets requests of " + named(place)
                    + " and hands on none of Stile's X-Stile-… headers; write \"include stile/protect.conf;\" there");
        }
    }

    // The other locations of the same level that may get addresses of this one.
    void check_siblings(const Place& place)
    {
        const auto& own = place.block;
        if (!is_protected(place) || is_named(own) || modifier_of(own) == "=")
            return;
        bool is_before = true;
        for (const auto* other : place.outer->block.all("location")) {
            if (other == &own) {
                is_before = false;
                continue;
            }
            const Place there = {*other, place.outer};
            if (is_protected(there) || is_closed(*other) || is_named(*other) || !may_overlap(own, *other))
                continue;
            if (is_regex(*other) && (is_regex(own) ? is_before : modifier_of(own) != "^~"))
                problem(named(there) + " takes addresses of " + named(place) + " and asks for no token; write "
                        + (is_regex(own) ? "it behind " + named(place)
                                         : "\"location ^~ " + std::string(address_of(own)) + "\""));
            else if (is_prefix(own) && !is_regex(*other) && address_of(*other).starts_with(address_of(own)))
                m_report.note(named(there) + " asks for no token, though its address lies within " + named(place));
        }
    }

    static std::string named(const Place& place)
    {
        const auto& words = place.block.words;
        std::string name;
        for (const auto& word : words)
            name.append(name.empty() ? "" : " ").append(word);
        return place.block.file.empty() ? name : name + " (" + place.block.file + ")";
    }

    void problem(const std::string& what)
    {
        if (m_said.insert(what).second)
            m_report.problem(what);
    }

    CheckReport& m_report;
    int m_protected = 0;
    std::set<std::string> m_said;
};

} // namespace

void check_protection(const NginxDirective& main, CheckReport& report)
{
    Protection protection(report);
    protection.walk({main, nullptr});
    protection.conclude();
}

} // namespace stile::admin
