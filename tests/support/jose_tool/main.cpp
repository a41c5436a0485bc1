// Stile's JOSE on the command line, for tests that compare it with other implementations. Keys are files with one JWK.
//   jose-tool generate ALG                 a private JWK
//   jose-tool public KEY [ALG]             the public JWK of a private or public one
//   jose-tool thumbprint KEY [ALG]
//   jose-tool sign KEY ALG TYP             stdin is the payload, stdout the JWS
//   jose-tool verify KEY ALG               stdin is the JWS, stdout the payload
// A refusal is exit status 1 with the reason on stderr; a usage error is 2.
#include "shared/crypto/jwk.h"
#include "shared/crypto/jws.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace stile;

namespace {

[[noreturn]] void end(int status, std::string_view reason)
{
    std::cerr << reason << '\n';
    std::exit(status);
}

template <typename T, typename E>
T or_end(Expected<T, E> result)
{
    if (!result)
        end(1, to_string(result.error()));
    return result.take();
}

std::string all_of_stream(std::istream& stream)
{
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string all_of_file(const char* path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        end(2, "cannot read the key");
    return all_of_stream(file);
}

// A public JWK, or the public half of a private one.
Jwk read_key(const char* path, std::optional<JwsAlgorithm> algorithm)
{
    const auto text = all_of_file(path);
    auto key = Jwk::from_json(text, algorithm);
    if (!key && key.error() == JwkError::private_member)
        return or_end(SigningKey::from_json(Secret(text), algorithm)).public_key();
    return or_end(std::move(key));
}

} // namespace

int main(int count, char** words)
{
    const std::string_view command = count > 1 ? words[1] : "";
    const auto word = [&](int index) { return index < count ? words[index] : nullptr; };
    const auto algorithm_at = [&](int index) -> std::optional<JwsAlgorithm> {
        if (word(index) == nullptr)
            return std::nullopt;
        const auto algorithm = parse_jws_algorithm(word(index));
        if (!algorithm)
            end(2, "no such algorithm");
        return algorithm;
    };

    if (command == "generate" && count == 3)
        std::cout << SigningKey::generate(algorithm_at(2).value()).to_json().reveal();
    else if (command == "public" && count >= 3)
        std::cout << read_key(word(2), algorithm_at(3)).to_json().value_or("");
    else if (command == "thumbprint" && count >= 3)
        std::cout << read_key(word(2), algorithm_at(3)).thumbprint().value_or("");
    else if (command == "sign" && count == 5) {
        const auto key = or_end(SigningKey::from_json(Secret(all_of_file(word(2))), algorithm_at(3)));
        std::cout << or_end(sign_jws(all_of_stream(std::cin), word(4), key));
    } else if (command == "verify" && count == 4)
        std::cout << or_end(verify_jws(all_of_stream(std::cin), read_key(word(2), algorithm_at(3)))).payload;
    else
        end(2, "jose-tool generate|public|thumbprint|sign|verify");
    return 0;
}
