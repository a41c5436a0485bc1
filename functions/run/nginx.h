// nginx of a run: its configuration, made of nginx/*.conf of the source tree, and its start page.
#pragma once

#include "functions/run/process.h"
#include "functions/run/run_folder.h"
#include "shared/base/result.h"

#include <string>
#include <vector>

namespace stile::run {

// What a run fills in.
struct NginxValues {
    int port;
    std::string issuer;
    std::string authority; // the file of the certificate authority; empty without TLS
    std::string style; // the style sheet of the start page
    std::vector<std::string> trusted; // addresses or networks without rate limits
};

// Copies nginx/*.conf and the start page of the source tree `root` into the folder. The error is one line.
Expected<void, std::string> write_nginx_files(const RunFolder& folder, const std::string& root,
                                              const NginxValues& values);

Command nginx_command(const RunFolder& folder);

// nginx with this process id has started and accepts connections.
bool is_nginx_ready(const RunFolder& folder, pid_t pid, int port);

} // namespace stile::run
