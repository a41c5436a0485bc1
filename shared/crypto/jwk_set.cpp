#include "shared/crypto/jwk_set.h"

#include "shared/base/strict_json.h"

#include <nlohmann/json.hpp>

namespace stile {

namespace {

// RFC 7517 §5: keys that are not understood or out of the supported ranges are ignored. STRICTER: a malformed key is
// not ignored, so that its owner sees the error.
bool may_be_left_out(JwkError error)
{
    switch (error) {
    case JwkError::unsupported:
    case JwkError::not_for_signatures:
    case JwkError::algorithm_mismatch: return true;
    case JwkError::malformed:
    case JwkError::missing_member:
    case JwkError::bad_value:
    case JwkError::private_member:
    case JwkError::algorithm_missing:
    case JwkError::weak_key:
    case JwkError::inconsistent: break;
    }
    return false;
}

} // namespace

Expected<JwkSet, JwkError> JwkSet::from_json(std::string_view json, std::optional<JwsAlgorithm> algorithm)
{
    const auto object = parse_strict_object(json);
    if (!object)
        return std::unexpected(JwkError::malformed);
    const auto found = object->find("keys");
    if (found == object->end())
        return std::unexpected(JwkError::missing_member);
    if (!found->is_array())
        return std::unexpected(JwkError::bad_value);

    JwkSet set({});
    for (const auto& member : *found) {
        auto key = Jwk::from_json(member.dump(), algorithm);
        if (!key && may_be_left_out(key.error()))
            continue;
        if (!key)
            return std::unexpected(key.error());
        if (set.find(key->algorithm(), key->kid()) != nullptr) // RFC 7517 §4.5: distinct kids
            return std::unexpected(JwkError::bad_value);
        set.m_keys.push_back(key.take());
    }
    return set;
}

const Jwk* JwkSet::find(JwsAlgorithm algorithm, std::string_view kid) const
{
    const Jwk* found = nullptr;
    for (const auto& key : m_keys) {
        if (key.algorithm() != algorithm || (!kid.empty() && key.kid() != kid))
            continue;
        if (found != nullptr)
            return nullptr;
        found = &key;
    }
    return found;
}

std::string JwkSet::to_json() const
{
    std::string text;
    for (const auto& key : m_keys)
        if (const auto json = key.to_json())
            text += (text.empty() ? "" : ",") + *json;
    return R"({"keys":[)" + text + "]}";
}

} // namespace stile
