// Small files, and programs in PATH.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace stile::run {

std::string read_file(const std::filesystem::path& path); // "" when it cannot be read
bool write_file(const std::filesystem::path& path, const std::string& content);
bool write_private_file(const std::string& path, const std::string& content); // a new file, mode 600

// `program`, a name to look up in PATH or a path, is an executable file.
bool is_program(const std::string& program);
// One line: why this program, nginx or a server of Redis or Valkey, cannot be started, and what to do.
std::string how_to_get(const std::string& program);

} // namespace stile::run
