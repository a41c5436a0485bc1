// Clients and users as one JSON document, with the hashes of their secrets and the salt of pairwise subs: `export` writes
// it, `import` reads it.
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
    std::string pairwise_salt{}; // empty if no client was ever pairwise
};

std::string to_json(const Document& document);

// invalid_request, with the place ("clients[2].redirect_uris[0]: …"), if something in it could not be registered. Records
// without created_at count as registered `now`.
Result<Document> document_from(std::string_view text, Seconds now);

} // namespace stile::admin
