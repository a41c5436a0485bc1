// argon2id_verify is replaced here by one that also notes what it was asked: time proves little on a busy machine,
// the parameters of the hash and the outcome "computed, and different" prove that the work was done.
#include "shared/crypto/password.h"

#include "shared/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/fixed_random.h"

#include <argon2.h>

#include <regex>
#include <vector>

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

struct SeenVerification {
    std::string encoded;
    int status = 0;
} seen;

} // namespace

extern "C" int argon2id_verify(const char* encoded, const void* password, std::size_t length)
{
    const int status = argon2_verify(encoded, password, length, Argon2_id);
    seen.encoded = encoded;
    seen.status = status;
    return status;
}

namespace {

std::string hash_of(const std::string& password)
{
    FixedRandom random;
    return hash_password(Secret(password), random);
}

std::string generated_hash_of(const std::string& secret)
{
    FixedRandom random;
    return hash_generated_secret(Secret(secret), random);
}

bool verifies(const std::string& password, const std::string& hash)
{
    return verify_password(Secret(password), hash);
}

// "$argon2id$v=19$m=19456,t=2,p=1$" of a hash.
std::string parameters_of(const std::string& hash)
{
    const auto parts = split(hash, '$');
    return parts.size() == 6 ? join({"", std::string(parts[1]), std::string(parts[2]), std::string(parts[3])}, "$")
                             : "";
}

} // namespace

TEST_CASE("STILE-password-1 a password is hashed with Argon2id in PHC format: 19 MiB, two passes and a fresh salt")
{
    const std::string hash = hash_of("correct horse");
    CHECK(std::regex_match(hash,
                           std::regex(R"(\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43})")));
    CHECK(is_slow_hash(hash));
    FixedRandom random;
    CHECK(hash_password(Secret("x"s), random) != hash_password(Secret("x"s), random));
}

TEST_CASE("STILE-password-2 only the right password verifies")
{
    const auto [name, password, other] = GENERATE(table<std::string, std::string, std::string>({
        {"case", "correct horse", "Correct horse"},
        {"space appended", "correct horse", "correct horse "},
        {"prefix", "correct horse", "correct"},
        {"empty presented", "correct horse", ""},
        {"empty stored", "", " "},
        {"differs behind a NUL", "a\0b"s, "a\0c"s},
        {"ends at a NUL", "a\0b"s, "a"},
        {"long with a NUL, last byte differs", std::string(1000, 'x') + "\0y"s, std::string(1000, 'x') + "\0z"s},
        {"composed and decomposed", "\xc3\xa4", "a\xcc\x88"},
    }));
    CAPTURE(name);
    const std::string hash = hash_of(password);
    CHECK(verifies(password, hash));
    CHECK_FALSE(verifies(other, hash));
}

TEST_CASE("STILE-password-3 a generated secret becomes a salted digest")
{
    const std::string hash = generated_hash_of("secret");
    CHECK(std::regex_match(hash, std::regex(R"(\$sha256\$[0-9A-Za-z]{22}\$[A-Za-z0-9_-]{43})")));
    CHECK_FALSE(is_slow_hash(hash));
    CHECK(verifies("secret", hash));
    CHECK_FALSE(verifies("Secret", hash));
    CHECK_FALSE(verifies("", hash));
    CHECK_FALSE(verifies("secret\0"s, hash));
    // HMAC-SHA256(key "salt", "secret"), computed with Python's hmac.
    CHECK(verifies("secret", "$sha256$salt$mOU0Dw9PltK4DCqQ2g0Dz0bDXpSSkYzHr3PZo576WYE"));
    FixedRandom random;
    CHECK(hash_generated_secret(Secret("x"s), random) != hash_generated_secret(Secret("x"s), random));
}

TEST_CASE("STILE-password-4 a hash in any other format verifies no password")
{
    static const std::string good = hash_of("secret");
    const std::string digest = "mOU0Dw9PltK4DCqQ2g0Dz0bDXpSSkYzHr3PZo576WYE";
    const auto [name, hash] = GENERATE_COPY(table<std::string, std::string>({
        {"empty", ""},
        {"the password itself", "secret"},
        {"dollars alone", "$$$"},
        {"argon2id without anything", "$argon2id$"},
        {"argon2id cut", good.substr(0, good.size() - 1)},
        {"argon2id with text behind", good + "$"},
        {"argon2i", "$argon2i" + good.substr(9)},
        {"argon2id in capitals", "$ARGON2ID" + good.substr(9)},
        {"no version", "$argon2id$m=19456,t=2,p=1$c3RpbGUtbm9ib2R5LTAwMQ$AAAA"},
        {"no memory", "$argon2id$v=19$m=0,t=2,p=1$c3RpbGUtbm9ib2R5LTAwMQ$AAAA"},
        {"sha256 with the right digest of no salt", "$sha256$$GBDo00G55h6IiV-6CxqivQPLbI__KzaOZm747971tPs"},
        {"sha256 without digest", "$sha256$salt$"},
        {"sha256 cut", "$sha256$salt$" + digest.substr(0, 42)},
        {"sha256 with a part more", "$sha256$salt$" + digest + "$"},
        {"sha256 with a part less", "$sha256$" + digest},
        {"another digest's name", "$sha512$salt$" + digest},
        {"no name", "$$salt$" + digest},
        {"bcrypt", "$2b$12$abcdefghijklmnopqrstuuvwxyz"},
    }));
    CAPTURE(name);
    CHECK_FALSE(verifies("secret", hash));
    CHECK_FALSE(verifies("", hash));
}

TEST_CASE("ASVS-V6.3.8-1 an unknown user costs one Argon2id hash with the same parameters, and is never accepted")
{
    const auto password = GENERATE(""s, "secret"s, "nobody\0"s);
    seen.encoded.clear();
    CHECK_FALSE(verify_in_vain(Secret(password)));
    CHECK_FALSE(seen.encoded.empty());
    CHECK(parameters_of(seen.encoded).contains("m=19456,t=2,p=1"));
    CHECK(parameters_of(seen.encoded) == parameters_of(hash_of("x")));
    CHECK(seen.encoded.size() == hash_of("x").size()); // salt and hash are as long, too
    CHECK(seen.status == ARGON2_VERIFY_MISMATCH); // computed; not refused as malformed
}

TEST_CASE("STILE-admin-19 a hash is accepted only in a format that Stile writes")
{
    const std::string salt = "$MXzevpAu8N9EWfb0izFi1A", digest = "$c3R5+7QUKGjBYigcc/+a/aTdPEFP9MOGVLc3A74LsHU";
    const std::string fast = "U_PU0Wik6E5VJTRxMpZ0CauMxd8VTwpMxAAnWqHO568";
    const auto [hash, is_one] = GENERATE_COPY(table<std::string, bool>({
        {"$argon2id$v=19$m=19456,t=2,p=1" + salt + digest, true},
        {"$argon2id$v=19$m=65536,t=3,p=4" + salt + digest, true}, // another server's
        {"$argon2id$v=19$m=65537,t=3,p=4" + salt + digest, false}, // more than 64 MiB a login
        {"$argon2id$v=19$m=19456,t=10,p=1" + salt + digest, true},
        {"$argon2id$v=19$m=19456,t=11,p=1" + salt + digest, false},
        {"$argon2id$v=19$m=19456,t=2,p=5" + salt + digest, false},
        {"$argon2id$v=19$m=7,t=2,p=1" + salt + digest, false},
        {"$argon2id$v=19$m=19456,t=0,p=1" + salt + digest, false},
        {"$argon2id$v=19$t=2,m=19456,p=1" + salt + digest, false},
        {"$argon2id$v=19$m=19456,t=2" + salt + digest, false},
        {"$argon2id$v=16$m=19456,t=2,p=1" + salt + digest, false},
        {"$argon2id$v=19$m=19456,t=2,p=1" + salt, false},
        {"$argon2id$v=19$m=19456,t=2,p=1$AAAA" + digest, false},
        {"$argon2id$v=19$m=19456,t=2,p=1" + salt + "$AAAA", false},
        {"$argon2id$v=19$m=19456,t=2,p=1" + salt + digest + "$x", false},
        {"$argon2id$v=19$m=19456,t=2,p=1" + salt + digest + "=", false},
        {"$argon2i$v=19$m=19456,t=2,p=1" + salt + digest, false},
        {"$sha256$KzLCGpSQ05T5sfYEB9nNWS$" + fast, true},
        {"$sha256$short$" + fast, false},
        {"$sha256$KzLCGpSQ05T5sfYEB9nNWS$" + fast + "x", false},
        {"$sha256$KzLCGpSQ05T5sfYEB9nNWS", false},
        {"x$sha256$KzLCGpSQ05T5sfYEB9nNWS$" + fast, false},
        {"password", false},
        {"", false},
        {"$", false},
    }));
    CAPTURE(hash);
    CHECK(is_secret_hash(hash) == is_one);
}

TEST_CASE("STILE-admin-19 a hash that Stile writes is accepted")
{
    SystemRandom random;
    CHECK(is_secret_hash(hash_password(Secret("a password"), random)));
    CHECK(is_secret_hash(hash_generated_secret(Secret("a secret"), random)));
}
