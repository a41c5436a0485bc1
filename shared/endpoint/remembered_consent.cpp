#include "shared/endpoint/remembered_consent.h"

namespace stile {

bool may_remember_consent(const Client& client, const RedirectTarget& target)
{
    return !client.is_public() && !destination_of(target).is_on_this_device;
}

Result<bool> is_consent_remembered(const Client& client, const RedirectTarget& target, const Scope& scope,
                                   std::string_view subject, Context& context)
{
    if (!may_remember_consent(client, target))
        return false;
    const auto remembered = TRY(context.consents.find(client.id, subject));
    return remembered && remembered->contains(scope);
}

} // namespace stile
