#include "shared/oauth/claims_request.h"

#include "tests/support/catch.h"

using namespace stile;

namespace {

using Names = std::vector<std::string>;

ClaimsRequest parsed(const char* json)
{
    auto request = parse_claims_request(json);
    REQUIRE(request.has_value());
    return request.take();
}

} // namespace

TEST_CASE("OIDC-5.5-1 claims are requested one by one, for userinfo and for the ID token")
{
    const auto request = parsed(R"({
        "userinfo": {"given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                     "http://example.info/claims/groups": null},
        "id_token": {"auth_time": {"essential": true}, "email": null, "acr": {"values": ["urn:mace:incommon:iap:silver"]}}
    })");
    CHECK(request.userinfo == Names{"email", "given_name", "http://example.info/claims/groups", "nickname"});
    CHECK(request.id_token == Names{"email"}); // the ID token has the others anyway
    CHECK(request.acr_values.empty()); // voluntary
    CHECK_FALSE(request.subject);
}

TEST_CASE("OIDC-5.5-2 unknown members are ignored")
{
    const auto request = parsed(R"({"userinfo": {"email": {"purpose": "x", "value": 3}}, "vnd.other": 7})");
    CHECK(request.userinfo == Names{"email"});
    CHECK(parsed("{}").userinfo.empty());
    CHECK(parsed(R"({"userinfo": null, "id_token": {}})").id_token.empty());
}

TEST_CASE("STILE-claims-request-1 a claims parameter that is not a valid object is invalid_request")
{
    const std::string deep = R"({"userinfo":{"a":)" + std::string(20, '[') + std::string(20, ']') + "}}";
    std::string many = R"({"userinfo":{)";
    for (int i = 0; i < 65; ++i)
        many += (i > 0 ? ",\"c" : "\"c") + std::to_string(i) + "\":null";
    many += "}}";
    for (const auto& json :
         {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("7"),
          std::string(R"({"userinfo": 7})"), std::string(R"({"userinfo": []})"),
          std::string(R"({"userinfo": {"email": true}})"), std::string(R"({"userinfo": {"email": "x"}})"),
          std::string(R"({"userinfo": {"email": null, "email": null}})"),
          std::string(R"({"id_token": {"sub": {"value": 7}}})"), std::string(R"({"id_token": {"sub": {"value": ""}}})"),
          std::string(R"({"id_token": {"acr": {"essential": true, "values": ["x 1"]}}})"),
          std::string(R"({"id_token": {"acr": {"essential": true, "value": ""}}})"),
          std::string(R"({"id_token": {"acr": {"essential": true, "values": "1"}}})"),
          std::string(R"({"id_token": {"acr": {"essential": true, "values": [1]}}})"), deep, many}) {
        CAPTURE(json);
        const auto request = parse_claims_request(json);
        REQUIRE_FALSE(request);
        CHECK(request.error().code == ErrorCode::invalid_request);
    }
}

TEST_CASE("OIDC-5.5.1-1 a value of sub names the user that the response must be about")
{
    CHECK(parsed(R"({"id_token": {"sub": {"value": "248289761001"}}})").subject == "248289761001");
    CHECK(parsed(R"({"userinfo": {"sub": {"value": "a"}}, "id_token": {"sub": {"value": "a"}}})").subject == "a");
    CHECK(parsed(R"({"id_token": {"sub": {"values": ["a"]}}})").subject == "a");
    CHECK_FALSE(parsed(R"({"id_token": {"sub": {"essential": true}}})").subject);
    CHECK_FALSE(parse_claims_request(R"({"id_token": {"sub": {"values": ["a", "b"]}}})"));
    CHECK_FALSE(parse_claims_request(R"({"userinfo": {"sub": {"value": "b"}}, "id_token": {"sub": {"value": "a"}}})"));
}

TEST_CASE("OIDC-5.5.1.1-1 an essential acr is one of its values")
{
    CHECK(parsed(R"({"id_token": {"acr": {"essential": true, "values": ["1", "2"]}}})").acr_values == Names{"1", "2"});
    CHECK(parsed(R"({"id_token": {"acr": {"essential": true, "value": "2"}}})").acr_values == Names{"2"});
    CHECK(parsed(R"({"id_token": {"acr": {"essential": false, "value": "2"}}})").acr_values.empty());
    CHECK(parsed(R"({"id_token": {"acr": {"essential": true}}})").acr_values.empty());
}
