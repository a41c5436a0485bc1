// Whether nginx sends each request once and no client can block others. Reads the whole configuration as `nginx -T` prints
// it: all files, one after the other. nginx/README.md has the reason for each setting.
#include "functions/stile/check/checks.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace stile::admin {

namespace {

using Words = std::vector<std::string>;

struct Directive {
    Words block; // the innermost block around it: {"upstream", "stile_token"}; empty at the top level
    Words words;
    int block_id = 0; // the same for directives of one block
    std::string file;
};

// "a b;" and "a b {" of nginx's configuration. Quotes and comments are parsed; includes and variables have no meaning.
class DirectiveReader {
public:
    explicit DirectiveReader(std::string_view text) : m_rest(text) {}

    std::vector<Directive> read()
    {
        while (!m_rest.empty())
            take_character();
        return std::move(m_directives);
    }

private:
    void take_character()
    {
        const char c = m_rest.front();
        if (c == '#' && m_word.empty())
            return take_comment();
        m_rest.remove_prefix(1);
        if (c == '"' || c == '\'')
            take_quoted(c);
        else if (std::string_view(" \t\r\n").contains(c))
            end_word();
        else if (c == ';' || c == '{' || c == '}')
            end_directive(c);
        else
            m_word += c;
    }

    // nginx -T names the file that follows in a comment.
    void take_comment()
    {
        constexpr std::string_view heading = "# configuration file ";
        const auto line = m_rest.substr(0, m_rest.find('\n'));
        if (line.starts_with(heading) && line.ends_with(':'))
            m_file = line.substr(heading.size(), line.size() - heading.size() - 1);
        m_rest.remove_prefix(line.size());
    }

    void take_quoted(char quote)
    {
        const auto end = std::min(m_rest.find(quote), m_rest.size());
        m_word.append(m_rest.substr(0, end));
        m_rest.remove_prefix(std::min(end + 1, m_rest.size()));
    }

    void end_word()
    {
        if (!m_word.empty())
            m_words.push_back(std::exchange(m_word, {}));
    }

    void end_directive(char how)
    {
        end_word();
        if (how == ';' && !m_words.empty())
            m_directives.push_back({m_open.empty() ? Words() : m_open.back().words, m_words,
                                    m_open.empty() ? 0 : m_open.back().id, m_file});
        if (how == '{')
            m_open.push_back({m_words, ++m_last_id});
        if (how == '}' && !m_open.empty())
            m_open.pop_back();
        m_words.clear();
    }

    struct Block {
        Words words;
        int id;
    };

    std::string_view m_rest;
    std::string m_file;
    std::string m_word;
    Words m_words;
    std::vector<Block> m_open;
    int m_last_id = 0;
    std::vector<Directive> m_directives;
};

bool is_ours(const std::string& upstream)
{
    return upstream.starts_with("stile_");
}

bool is_upstream_of_ours(const Directive& directive)
{
    return directive.block.size() == 2 && directive.block[0] == "upstream" && is_ours(directive.block[1]);
}

// Whether a fastcgi directive applies to Stile: beside a fastcgi_pass to it, or in a file that its locations include.
bool concerns_locations(const Directive& directive, const std::vector<Directive>& all)
{
    if (directive.block.empty())
        return directive.file.contains("/stile/");
    return std::ranges::any_of(all, [&](const Directive& other) {
        return other.block_id == directive.block_id && other.words[0] == "fastcgi_pass" && other.words.size() == 2
               && is_ours(other.words[1]);
    });
}

bool has_word(const Directive& directive, std::string_view word)
{
    return std::ranges::find(directive.words, word) != directive.words.end();
}

void check_upstream(const Directive& directive, CheckReport& report)
{
    const auto& name = directive.block[1];
    if (directive.words[0] == "server"
        && std::ranges::any_of(directive.words, [](const auto& word) { return word.starts_with("max_conns="); }))
        report.problem("upstream " + name
                       + " has max_conns: nginx has no queue and refuses further requests; remove it, the "
                         "function's backlog is the queue");
}

void check_location(const Directive& directive, CheckReport& report)
{
    if (directive.words[0] == "fastcgi_next_upstream" && has_word(directive, "non_idempotent"))
        report.problem(
            "fastcgi_next_upstream has non_idempotent: a refresh token would be sent twice, which revokes its "
            "grant; remove it");
    if (directive.words[0] == "fastcgi_request_buffering" && has_word(directive, "off"))
        report.problem(
            "fastcgi_request_buffering is off: clients that send slowly use up the function's connections; turn it on");
    if (directive.words[0] == "fastcgi_pass_request_headers" && has_word(directive, "on"))
        report.problem("fastcgi_pass_request_headers is on: headers of clients become parameters; turn it off");
}

std::string read_all(const std::string& path)
{
    if (path == "-")
        return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

void check_nginx(const std::string& path, CheckReport& report)
{
    const auto text = read_all(path);
    const auto directives = DirectiveReader(text).read();
    const int before = report.problems();
    bool is_included = false;
    bool has_upstreams = false;
    for (const auto& directive : directives) {
        is_included |=
            directive.words[0] == "fastcgi_pass" && directive.words.size() == 2 && is_ours(directive.words[1]);
        has_upstreams |= is_upstream_of_ours(directive);
        if (is_upstream_of_ours(directive))
            check_upstream(directive, report);
        else if (concerns_locations(directive, directives))
            check_location(directive, report);
    }
    report.require(is_included, "nginx has Stile's locations",
                   path
                       + " has no location of Stile; it must be the output of nginx -T, with include stile/stile.conf "
                         "in a server block");
    report.require(has_upstreams, "nginx has Stile's upstreams",
                   path + " has no upstream of Stile: include stile/upstreams.conf in the http block");
    if (report.problems() == before)
        report.good("nginx forwards each request once, on a separate connection");
}

} // namespace stile::admin
