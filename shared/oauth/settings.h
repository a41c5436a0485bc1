// The operator's settings of the protocol, as plain values. config.h reads them from the environment.
#pragma once

#include "shared/base/address_range.h"
#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct Lifetimes { // seconds
    Seconds code = 300;
    Seconds access_token = 300;
    Seconds refresh_token = 900;
    Seconds id_token = 300;
    Seconds grant = 30 * 24 * 3600; // the absolute end of a chain of refreshes (ASVS 5.0 V10.4.8)
    Seconds request = 600;
    Seconds session = 8 * 3600;
    Seconds consent = 90 * 24 * 3600;
    Seconds known_browser = 90 * 24 * 3600;
};

// After `free` failures each further one blocks attempts for 1, 2, 4 … seconds, at most `longest`. `free` failures
// expire in `window` seconds, one by one. Successful attempts are not counted.
struct ThrottleRule {
    std::string_view what; // part of the keys in Redis: throttle:<what>:<whose>
    int free;
    Seconds longest;
    Seconds window = 3600;
};

struct LoginThrottle {
    ThrottleRule by_user = {"login:user", 10, 300};
    ThrottleRule by_browser = {"login:browser", 10, 300}; // replaces by_user in a known browser
    ThrottleRule by_address = {"login:address", 100, 300};
    AddressRanges exempt; // not counted by address
};

struct Settings {
    std::string issuer; // RFC 8414 §2: https, no query, no fragment; http on loopback only
    std::string path; // the issuer's path, "" if it has none: the prefix of all endpoints
    bool issuer_is_https = false;
    Lifetimes lifetimes;
    std::vector<std::string> grant_types = {"authorization_code", "refresh_token", "client_credentials"};
    LoginThrottle login_throttle;
    ThrottleRule client_throttle = {"client", 10, 60}; // wrong secrets, per client and address
    std::string deliver_socket; // of stile-deliver, for back-channel logout; empty: logout starts one itself
    std::string logout_networks; // special networks that logout tokens may go to, as address_range.h reads them
    bool require_pkce = false; // for confidential clients too; always required for public ones
    Secret login_program_secret; // by which nginx vouches for a login program; empty: there is none

    bool offers(std::string_view grant_type) const
    {
        return std::ranges::find(grant_types, grant_type) != grant_types.end();
    }
};

} // namespace stile
