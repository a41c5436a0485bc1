// Small files of a run, and finding programs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace stile::run {

std::string read_file(const std::filesystem::path& path); // "" when there is none
bool write_file(const std::filesystem::path& path, const std::string& content);
bool write_private_file(const std::string& path, const std::string& content); // a new file, mode 600

// Can it be started? It is a name, looked up in PATH, or a path.
bool is_program(const std::string& program);
// Why nginx, or a server of Redis or Valkey, cannot be started, and what to do: one line.
std::string how_to_get(const std::string& program);

} // namespace stile::run
