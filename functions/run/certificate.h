// The certificate of `make run TLS=1`, and the authority that signed it.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace stile::run {

// Where the two are, and what they are made from.
struct Tls {
    std::string folder; // of the certificate, its key and its authority; replaced as one
    std::string settings; // functions/run/certificate.cnf
    std::string log; // what openssl says

    std::string authority() const { return folder + "/authority.pem"; }
};

// Keeps the certificate of an earlier run if it is good for 30 more days, so that a person trusts its authority once;
// makes both anew otherwise. The error is one line.
Expected<void, std::string> prepare_certificate(const Tls& tls, const std::string& issuer);

// Fills in what nginx.conf and the home page say differently over https; `authority` is empty without TLS.
std::string fill_in_tls(std::string text, const std::string& authority);

// The line for the person at the terminal; empty without TLS.
std::string how_to_trust(const std::string& authority);

} // namespace stile::run
