// Clients and users as one JSON document, with the hashes of their secrets: what `export` writes and `import` reads.
#pragma once

#include "shared/oauth/client.h"
#include "shared/oauth/error.h"
#include "shared/oauth/user.h"

#include <string>
#include <string_view>
#include <vector>

namespace stile::admin {

struct Document {
    std::vector<Client> clients;
    std::vector<User> users;
};

std::string to_json(const Document& document);

// All that may not stand in Redis is refused, with its place ("clients[2].redirect_uris[0]: …"). Who has no created_at
// was registered `now`.
Result<Document> document_from(std::string_view text, Seconds now);

} // namespace stile::admin
