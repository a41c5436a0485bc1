#include "functions/logout/logout.h"

#include "shared/endpoint/respond.h"

namespace stile::logout {

Response handle(const Request& request, Context& context)
{
    return json_error({ErrorCode::temporarily_unavailable, "not there yet"}, request, context);
}

} // namespace stile::logout
