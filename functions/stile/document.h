// Clients and users as one JSON document, with the hashes of their secrets and the salt of pairwise subs: what `export`
// writes and `import` reads.
#pragma once

#include "shared/oauth/client.h"
#include "shared/oauth/error.h"
#include "shared/oauth/user.h"
#include "shared/store/profiles.h"

#include <string>
#include <string_view>
#include <vector>

namespace stile::admin {

struct KnownUser {
    User user;
    Profile claims{};
};

struct Document {
    std::vector<Client> clients;
    std::vector<KnownUser> users;
    std::string pairwise_salt{}; // empty: no client has needed one
};

std::string to_json(const Document& document);

// All that may not stand in Redis is refused, with its place ("clients[2].redirect_uris[0]: …"). Who has no created_at
// was registered `now`.
Result<Document> document_from(std::string_view text, Seconds now);

} // namespace stile::admin
