#include "functions/stile/check/nginx_configuration.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace stile::admin {

namespace {

struct File {
    std::string name;
    std::vector<NginxDirective> directives;
};

// "a b;" and "a b {" of each file. Quotes and comments are parsed.
class FilesReader {
public:
    explicit FilesReader(std::string_view text) : m_rest(text) {}

    // In the order printed: the main file is the first.
    std::vector<File> read()
    {
        m_files.push_back({"", {}});
        while (!m_rest.empty())
            take_character();
        // The text before the first heading is no file of nginx.
        if (m_files.size() > 1 && m_files.front().directives.empty())
            m_files.erase(m_files.begin());
        return std::move(m_files);
    }

private:
    void take_character()
    {
        const char c = m_rest.front();
        if (c == '#' && m_word.empty())
            return take_comment();
        m_rest.remove_prefix(1);
        if (c == '\\' && !m_rest.empty())
            return take_escaped();
        if ((c == '"' || c == '\'') && m_word.empty())
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
        if (line.starts_with(heading) && line.ends_with(':')) {
            m_files.push_back({std::string(line.substr(heading.size(), line.size() - heading.size() - 1)), {}});
            m_open.clear();
        }
        m_rest.remove_prefix(line.size());
    }

    // Kept with its backslash: in a regular expression that is meant.
    void take_escaped()
    {
        m_word.append({'\\', m_rest.front()});
        m_rest.remove_prefix(1);
    }

    void take_quoted(char quote)
    {
        while (!m_rest.empty()) {
            const char c = m_rest.front();
            m_rest.remove_prefix(1);
            if (c == quote)
                break;
            if (c == '\\' && !m_rest.empty())
                take_escaped();
            else
                m_word += c;
        }
        m_words.push_back(std::exchange(m_word, {}));
    }

    void end_word()
    {
        if (!m_word.empty())
            m_words.push_back(std::exchange(m_word, {}));
    }

    void end_directive(char how)
    {
        // The braces of ${variable} belong to the word.
        if ((how == '{' && m_word.ends_with('$')) || (how == '}' && m_word.contains("${"))) {
            m_word += how;
            return;
        }
        end_word();
        if (how != '}' && !m_words.empty())
            add({std::exchange(m_words, {}), {}, m_files.back().name}, how == '{');
        if (how == '}' && !m_open.empty())
            m_open.pop_back();
        m_words.clear();
    }

    void add(NginxDirective directive, bool opens)
    {
        auto& siblings = here();
        siblings.push_back(std::move(directive));
        if (opens)
            m_open.push_back(siblings.size() - 1);
    }

    // The innermost open block, or the file.
    std::vector<NginxDirective>& here()
    {
        auto* siblings = &m_files.back().directives;
        for (const auto index : m_open)
            siblings = &siblings->at(index).inside;
        return *siblings;
    }

    std::string_view m_rest;
    std::string m_word;
    std::vector<std::string> m_words;
    std::vector<std::size_t> m_open; // the places of the open blocks, from the outermost on
    std::vector<File> m_files;
};

class Includes {
public:
    explicit Includes(std::vector<File> files)
        : m_files(std::move(files)),
          m_folder(std::filesystem::path(m_files.front().name).parent_path())
    {
    }

    std::vector<NginxDirective> main() { return expanded(m_files.front().directives, 0); }

private:
    std::vector<NginxDirective> expanded(const std::vector<NginxDirective>& directives, int depth)
    {
        std::vector<NginxDirective> all;
        for (const auto& directive : directives) {
            if (directive.name() == "include" && directive.words.size() == 2) {
                append_included(directive.words[1], depth, all);
                continue;
            }
            all.push_back({directive.words, expanded(directive.inside, depth), directive.file});
        }
        return all;
    }

    // nginx takes a relative path from the folder of the main file.
    void append_included(const std::string& pattern, int depth, std::vector<NginxDirective>& all)
    {
        constexpr int deepest = 16; // nginx refuses a file that includes itself
        const auto path = (m_folder / pattern).string();
        if (depth == deepest)
            return;
        for (const auto& file : m_files)
            if (::fnmatch(path.c_str(), file.name.c_str(), FNM_PATHNAME) == 0)
                for (auto& directive : expanded(file.directives, depth + 1))
                    all.push_back(std::move(directive));
    }

    std::vector<File> m_files;
    std::filesystem::path m_folder;
};

} // namespace

bool NginxDirective::has_word(std::string_view word) const
{
    return std::ranges::find(words, word) != words.end();
}

std::vector<const NginxDirective*> NginxDirective::all(std::string_view called) const
{
    std::vector<const NginxDirective*> found;
    for (const auto& directive : inside)
        if (directive.name() == called)
            found.push_back(&directive);
    return found;
}

const NginxDirective* NginxDirective::last(std::string_view called) const
{
    const auto found = all(called);
    return found.empty() ? nullptr : found.back();
}

NginxDirective read_nginx_configuration(std::string_view printed)
{
    return {{"main"}, Includes(FilesReader(printed).read()).main(), ""};
}

} // namespace stile::admin
