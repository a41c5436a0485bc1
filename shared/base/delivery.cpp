#include "shared/base/delivery.h"

#include "shared/base/text.h"

namespace stile {

namespace {

constexpr std::string_view allow = "allow ";
constexpr std::string_view post = "post ";

} // namespace

std::string write_allowed_networks(std::string_view networks)
{
    return std::string(allow).append(networks);
}

std::string write_order(const DeliveryOrder& order)
{
    return std::string(post).append(std::to_string(order.id)) + " " + order.uri + " " + order.form;
}

std::string write_result(const DeliveryResult& result)
{
    return std::to_string(result.id) + " " + std::to_string(result.status) + (result.timed_out ? " 1" : " 0");
}

std::optional<std::string> read_allowed_networks(std::string_view message)
{
    if (!message.starts_with(allow))
        return std::nullopt;
    return std::string(message.substr(allow.size()));
}

std::optional<DeliveryOrder> read_order(std::string_view message)
{
    if (!message.starts_with(post))
        return std::nullopt;
    const auto words = split(message.substr(post.size()), ' ');
    const auto id = words.size() == 3 ? parse_number<std::size_t>(words[0]) : std::nullopt;
    if (!id)
        return std::nullopt;
    return DeliveryOrder{*id, std::string(words[1]), std::string(words[2])};
}

std::optional<DeliveryResult> read_result(std::string_view message)
{
    const auto words = split(message, ' ');
    if (words.size() != 3 || (words[2] != "0" && words[2] != "1"))
        return std::nullopt;
    const auto id = parse_number<std::size_t>(words[0]);
    const auto status = parse_number<long>(words[1]);
    if (!id || !status)
        return std::nullopt;
    return DeliveryResult{*id, *status, words[2] == "1"};
}

} // namespace stile
