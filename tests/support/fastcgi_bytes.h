// The bytes that a web server sends over a FastCGI connection, and the records in what it is sent (FastCGI 1.0 §3.3, §3.4).
#pragma once

#include <fastcgi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile::test {

// A record; `padding` are the bytes that follow the content.
inline std::string record(int type, int id, std::string_view content = "", std::string_view padding = "")
{
    const auto byte = [](std::size_t value) { return static_cast<char>(static_cast<unsigned char>(value & 0xff)); };
    std::string text = {FCGI_VERSION_1,
                        static_cast<char>(type),
                        byte(static_cast<std::size_t>(id) >> 8),
                        byte(static_cast<std::size_t>(id)),
                        byte(content.size() >> 8),
                        byte(content.size()),
                        byte(padding.size()),
                        0};
    return text.append(content).append(padding);
}

inline std::string begin(int id, int role = FCGI_RESPONDER, int flags = FCGI_KEEP_CONN)
{
    return record(
        FCGI_BEGIN_REQUEST, id,
        std::string{static_cast<char>(role >> 8), static_cast<char>(role), static_cast<char>(flags), 0, 0, 0, 0, 0});
}

// A stream and its end, in records of at most `size` bytes.
inline std::string stream(int type, int id, std::string_view content, std::size_t size = FCGI_MAX_LENGTH)
{
    std::string text;
    for (; !content.empty(); content.remove_prefix(std::min(content.size(), size)))
        text += record(type, id, content.substr(0, size));
    return text + record(type, id);
}

// A length in four bytes, which may always be used.
inline std::string long_length(std::size_t size)
{
    const auto byte = [](std::size_t value) { return static_cast<char>(static_cast<unsigned char>(value & 0xff)); };
    return {byte(size >> 24 | 0x80), byte(size >> 16), byte(size >> 8), byte(size)};
}

inline std::string short_length(std::size_t size)
{
    return {static_cast<char>(size)};
}

// A pair with the shortest lengths.
inline std::string pair(std::string_view name, std::string_view value)
{
    const auto length = [](std::size_t size) { return size < 128 ? short_length(size) : long_length(size); };
    return (length(name.size()) + length(value.size())).append(name).append(value);
}

struct Record {
    int type = 0;
    int id = 0;
    std::string content;
    std::size_t padding = 0;
    bool operator==(const Record&) const = default;
};

// The records, which must be whole; nothing if they are not, or not of version 1.
inline std::optional<std::vector<Record>> records_in(std::string_view bytes)
{
    std::vector<Record> records;
    while (!bytes.empty()) {
        if (bytes.size() < FCGI_HEADER_LEN || bytes[0] != FCGI_VERSION_1)
            return std::nullopt;
        const auto byte = [&](std::size_t i) { return static_cast<int>(static_cast<unsigned char>(bytes[i])); };
        const auto length = static_cast<std::size_t>(byte(4) << 8 | byte(5));
        const auto padding = static_cast<std::size_t>(byte(6));
        if (bytes.size() < FCGI_HEADER_LEN + length + padding)
            return std::nullopt;
        records.push_back(
            {byte(1), byte(2) << 8 | byte(3), std::string(bytes.substr(FCGI_HEADER_LEN, length)), padding});
        bytes.remove_prefix(FCGI_HEADER_LEN + length + padding);
    }
    return records;
}

// The content of END_REQUEST with an application status of 0 (§5.5).
inline std::string end_request_body(int status)
{
    return {0, 0, 0, 0, static_cast<char>(status), 0, 0, 0};
}

} // namespace stile::test
