// Indices, the names of the records of one user or client, so that listing and ending them does not walk over those of all:
// user_sessions:<name or sub>, user_grants:<name or sub>, user_browsers:<name>, user_consents:<sub>, client_grants:<client id>
// and client_consents:<client id>. The steps that write the records are followed by index_record in the same round trip.
#pragma once

#include "shared/base/clock.h"
#include "shared/store/connection.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// One kind of index.
struct IndexKind {
    std::string_view prefix; // of its keys
    std::string_view before; // what stands around the name in the key of a record
    std::string_view after;
    int most; // records of one owner: beyond that those that end first are deleted; 0 for any number
};

inline constexpr IndexKind user_sessions = {"user_sessions:", "session:", "", 100};
inline constexpr IndexKind user_browsers = {"user_browsers:", "browser:", "", 20};
inline constexpr IndexKind user_grants = {"user_grants:", "grant:{", "}", 0};
inline constexpr IndexKind client_grants = {"client_grants:", "grant:{", "}", 0};

// The command that notes a record, to be sent after the one that writes it. `lifetime`: at least that of the record.
Command index_command(const IndexKind& kind, std::string_view owner, std::string_view name, Seconds lifetime);

// The same for several owners; without those that are empty or repeated.
std::vector<Command> index_commands(const IndexKind& kind, std::initializer_list<std::string_view> owners,
                                    std::string_view name, Seconds lifetime);

// The names in an index, sorted; some may have ended. For the admin command, like what follows: fails unless the indices
// can be completed.
Result<std::vector<std::string>> names_of(Connection& connection, const IndexKind& kind, std::string_view owner);

// Notes the records that versions without indices wrote. That takes a walk over all keys, once: after it the key `indexed`
// says that the indices are complete. While Redis still has the library of such a version (stile library clean removes it),
// that version may write further records, and each call walks.
Result<void> complete_indices(Connection& connection);

// Says that the indices are complete no longer: a version without them has had its library in Redis.
Result<void> doubt_indices(Connection& connection);

// Does a library, one entry of the reply to FUNCTION LIST, write the indices?
bool writes_indices(const Reply& library);

} // namespace stile
