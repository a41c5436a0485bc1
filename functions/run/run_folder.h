// The folder of a run (RUN_DIR): sockets, settings, logs and the data of Redis.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace stile::run {

class RunFolder {
public:
    explicit RunFolder(std::string path) : m_path(std::move(path)) {} // absolute, without a slash at its end

    // Makes the folder, closes it to other users and locks it until this process ends. The error is one line.
    Expected<void, std::string> prepare() const;

    const std::string& path() const { return m_path; }
    std::string file(const std::string& name) const { return m_path + "/" + name; }

    // Write a file of the folder; write_private with mode 600. The error is one line.
    Expected<void, std::string> write(const std::string& name, const std::string& content) const;
    Expected<void, std::string> write_private(const std::string& name, const std::string& content) const;

private:
    Expected<void, std::string> check_path() const;
    Expected<void, std::string> check_owner() const;
    Expected<void, std::string> lock() const;

    std::string m_path;
};

} // namespace stile::run
