// A Redis that says what the fuzzer wants: it answers TIME truthfully, then gives one scripted reply a command, and is
// gone when they run out.
#pragma once

#include "shared/store/address.h"

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace stile::fuzz {

class ScriptedRedis {
public:
    ScriptedRedis();
    ~ScriptedRedis();
    ScriptedRedis(const ScriptedRedis&) = delete;
    ScriptedRedis& operator=(const ScriptedRedis&) = delete;

    const RedisAddress& address() const { return m_address; }

    // What the next connection is told. One reply a line: $text, :number, -ERR error, _ for nil, and *a|b|c for an
    // array, whose elements are numbers when they begin with ':' and texts otherwise.
    void script(std::string_view replies);

private:
    void serve();

    std::string m_folder;
    RedisAddress m_address;
    int m_listening;
    std::mutex m_mutex;
    std::vector<std::string> m_replies;
    std::jthread m_thread;
};

} // namespace stile::fuzz
