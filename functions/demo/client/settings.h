// The settings of the demo client: environment variables STILE_DEMO_*.
#pragma once

#include "shared/base/result.h"
#include "shared/base/secret.h"
#include "shared/config.h"

#include <string>

namespace stile::demo {

struct Settings {
    std::string client_id; // STILE_DEMO_CLIENT_ID
    Secret client_secret; // STILE_DEMO_CLIENT_SECRET
    std::string issuer; // STILE_DEMO_ISSUER: the provider; its metadata (RFC 8414) has the rest
    std::string api; // STILE_DEMO_API: the URL of the protected resource
    std::string base; // STILE_DEMO_BASE: the URL of the pages of this client, "http://localhost:8000/demo"
    std::string authority; // STILE_DEMO_AUTHORITY: the file of the certificate authority to trust; may be empty
    PageFiles pages; // STILE_PAGES: the folder of the templates

    std::string redirect_uri() const { return base + "/callback"; }
    bool is_https() const { return base.starts_with("https:"); }
};

// The error is one line that names the missing variable.
Expected<Settings, std::string> read_settings(const Environment& environment);

} // namespace stile::demo
