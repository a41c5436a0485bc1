#include "shared/store/pairwise_salt.h"

namespace stile {

namespace {

constexpr std::string_view key = "pairwise_salt";

} // namespace

Result<std::string> PairwiseSalt::find()
{
    return TRY(m_connection.command({"GET", key})).text;
}

Result<std::string> PairwiseSalt::keep(std::string_view salt)
{
    const auto before = TRY(m_connection.command({"SET", key, salt, "NX", "GET"})).text;
    return before.empty() ? std::string(salt) : before;
}

Result<void> PairwiseSalt::replace(std::string_view salt)
{
    TRY(m_connection.command({"SET", key, salt}));
    return {};
}

} // namespace stile
