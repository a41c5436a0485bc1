// The certificate of `make run TLS=1` and its certificate authority.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace stile::run {

// Where they are, and from what they are made.
struct Tls {
    std::string folder; // with the certificate, its key and its authority; replaced as a whole
    std::string settings; // functions/run/certificate.cnf
    std::string log; // for the output of openssl

    std::string authority() const { return folder + "/authority.pem"; }
};

// Keeps the certificate and the authority of an earlier run if they are valid for 30 more days, so that a person has to
// trust the authority only once. Otherwise makes new ones. The error is one line.
Expected<void, std::string> prepare_certificate(const Tls& tls, const std::string& issuer);

// Fills in the parts of nginx.conf and the start page that differ with https; `authority` is empty without TLS.
std::string fill_in_tls(std::string text, const std::string& authority);

// The line for the person at the terminal; empty without TLS.
std::string how_to_trust(const std::string& authority);

} // namespace stile::run
