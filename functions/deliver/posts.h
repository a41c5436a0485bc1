// HTTP requests to clients, many at a time.
#pragma once

#include "shared/base/address_range.h"
#include "shared/base/delivery.h"

#include <memory>
#include <vector>

namespace stile::deliver {

// For one thread.
class Posts {
public:
    // `allowed`: ranges that are posted to although they are for special use.
    explicit Posts(AddressRanges allowed);
    ~Posts(); // aborts the requests under way
    Posts(const Posts&) = delete;
    Posts& operator=(const Posts&) = delete;

    // Posts the form. Follows no redirects, verifies https certificates, connects to no address for special use that is not
    // allowed, whatever name led there, and reads only the status of the response.
    void begin(const DeliveryOrder& order);

    // The requests that have ended since the last call. Waits for one to end, or until `socket` can be read.
    std::vector<DeliveryResult> wait(int socket);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace stile::deliver
