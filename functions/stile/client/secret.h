// The secret of a client: chosen by the operator or generated. Redis has only its hash.
#pragma once

#include "functions/stile/command.h"

#include "shared/base/secret.h"

#include <string>

namespace stile::admin {

class ClientSecret {
public:
    // `option` is the value of --secret: the secret, "-" for a line of standard input, or "" to generate one.
    // invalid_request if a client could not send it, or if it is shorter than `least` bytes.
    static Result<ClientSecret> from_option(const std::string& option, std::size_t least, Random& random);

    const std::string& hash() const { return m_hash; }
    // Empty if it was chosen.
    const Secret& generated() const { return m_generated; }

private:
    std::string m_hash;
    Secret m_generated;
};

// Prints the id and a generated secret. It is not shown again.
void print_secret(const std::string& id, const Secret& generated, const Printer& print);

inline constexpr const char* help_of_secret =
    "Client secret; - reads it from standard input (default: generated and shown once)";

} // namespace stile::admin
