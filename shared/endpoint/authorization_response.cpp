#include "shared/endpoint/authorization_response.h"

#include "shared/endpoint/respond.h"

namespace stile {

namespace {

using AnswerParameters = std::vector<std::pair<std::string_view, std::string_view>>;

// A script submits the page's form. Browsers without scripts show its button.
Response form_post(const Recipient& recipient, const AnswerParameters& parameters, const Reader& reader,
                   const Context& context)
{
    PageFields fields;
    fields.set("TITLE", reader.texts().fill("answer.title", {{"CLIENT_NAME", recipient.client_name}}));
    fields.set("CLIENT_NAME", std::string(recipient.client_name));
    fields.set("ACTION", recipient.target.uri());
    for (const auto& [name, value] : parameters) {
        if (value.empty())
            continue;
        PageFields field;
        field.set("NAME", std::string(name));
        field.set("VALUE", std::string(value));
        fields.show("FIELD", std::move(field));
    }
    return self_submitting_page("form_post", fields, reader, context, destination_of(recipient.target));
}

Response answer(const Recipient& recipient, const AnswerParameters& parameters, const Reader& reader,
                const Context& context)
{
    return recipient.mode == ResponseMode::form_post ? form_post(recipient, parameters, reader, context)
                                                     : redirect_to(recipient.target, parameters);
}

} // namespace

Response answer_with_code(const Recipient& recipient, const Scope& scope, const SplitToken& code, const Reader& reader,
                          const Context& context)
{
    const auto whole = code.whole();
    const auto words = scope.to_string();
    return answer(
        recipient,
        {{"state", recipient.state}, {"code", whole.reveal()}, {"scope", words}, {"iss", context.settings.issuer}},
        reader, context);
}

Response answer_with_error(const Recipient& recipient, const OAuthError& error, const Reader& reader,
                           const Request& request, Context& context)
{
    log_refusal(error, request, context);
    auto response = answer(recipient,
                           {{"error", to_string(error.code)},
                            {"state", recipient.state},
                            {"error_description", error.description},
                            {"iss", context.settings.issuer}},
                           reader, context);
    response.outcome = to_string(error.code);
    return response;
}

} // namespace stile
