// The admin command on the database of an instance: what it says, its exit status, and what the handlers do afterwards.
#pragma once

#include "tests/endpoint/browser.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace stile::test {

using Words = std::vector<std::string>;

inline Words joined(Words words, const Words& more)
{
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// Registers a client by the command, unlike add_client(); gives the generated secret, or "".
inline std::string add_by_command(Instance& instance, const Words& arguments)
{
    const auto ran = instance.admin(joined({"client", "add"}, arguments));
    CAPTURE(arguments, ran.errors);
    REQUIRE(ran.status == 0);
    const std::string label = "client_secret: ";
    const auto at = ran.output.find(label);
    return at == std::string::npos
               ? ""
               : ran.output.substr(at + label.size(), ran.output.find('\n', at) - at - label.size());
}

// What the command says with --json.
inline nlohmann::json json_of(Instance& instance, Words arguments)
{
    arguments.emplace_back("--json");
    const auto ran = instance.admin(arguments);
    CAPTURE(arguments, ran.errors);
    CHECK(ran.status == 0);
    return nlohmann::json::parse(ran.output);
}

// Where documents are imported: another Redis.
inline RedisServer& other_redis()
{
    static RedisServer server;
    return server;
}

} // namespace stile::test
