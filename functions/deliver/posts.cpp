#include "functions/deliver/posts.h"

#include <curl/curl.h>

#include <sys/socket.h>

#include <map>
#include <stdexcept>

namespace stile::deliver {

namespace {

constexpr std::size_t largest_answer = 16 * 1024; // bytes; a longer response is aborted

// For libcurl a transfer and a set of transfers are both a void*, so each needs its own deleter.
struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MultiCleanup {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};

struct Post {
    std::size_t id;
    std::unique_ptr<CURL, Cleanup> handle;
    std::size_t received = 0;
};

// libcurl calls it for each address that it is about to connect to, after a name was looked up.
curl_socket_t open_socket(void* allowed, curlsocktype, curl_sockaddr* address)
{
    const auto& ranges = *static_cast<const AddressRanges*>(allowed);
    const auto ip = ip_address_of(address->addr);
    const bool may_connect = ip && (!is_special_use(*ip) || is_in(ranges, *ip));
    return may_connect ? ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol)
                       : CURL_SOCKET_BAD;
}

std::size_t pass_over(char*, std::size_t, std::size_t count, void* into)
{
    auto& received = *static_cast<std::size_t*>(into);
    received += count;
    return received > largest_answer ? 0 : count; // 0 ends the transfer; its status is known by then
}

} // namespace

struct Posts::State {
    AddressRanges allowed;
    std::unique_ptr<curl_slist, Cleanup> headers;
    std::unique_ptr<CURLM, MultiCleanup> multi;
    std::map<CURL*, std::unique_ptr<Post>> under_way;

    DeliveryResult finish(CURL* handle, CURLcode result)
    {
        const auto found = under_way.find(handle);
        DeliveryResult ended = {found->second->id, 0, result == CURLE_OPERATION_TIMEDOUT};
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &ended.status);
        curl_multi_remove_handle(multi.get(), handle);
        under_way.erase(found);
        return ended;
    }
};

Posts::Posts(AddressRanges allowed) : m_state(std::make_unique<State>())
{
    m_state->allowed = std::move(allowed);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    m_state->headers.reset(curl_slist_append(nullptr, "Expect:")); // no pause before the body
    m_state->multi.reset(curl_multi_init());
    if (!m_state->multi || !m_state->headers)
        throw std::runtime_error("cannot initialize libcurl");
}

Posts::~Posts()
{
    for (const auto& [handle, post] : m_state->under_way)
        curl_multi_remove_handle(m_state->multi.get(), handle);
}

void Posts::begin(const DeliveryOrder& order)
{
    auto post = std::make_unique<Post>(order.id, std::unique_ptr<CURL, Cleanup>(curl_easy_init()));
    CURL* handle = post->handle.get();
    curl_easy_setopt(handle, CURLOPT_URL, order.uri.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, m_state->headers.get());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(order.form.size()));
    curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, order.form.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(delivery_patience.count()));
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &m_state->allowed);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*"); // the address that is checked is that of the client
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L); // do not wait for a name server that does not answer
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "Stile");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &post->received);
    m_state->under_way.emplace(handle, std::move(post));
    curl_multi_add_handle(m_state->multi.get(), handle);
}

std::vector<DeliveryResult> Posts::wait(int socket)
{
    constexpr int longest_wait = 60'000; // milliseconds; libcurl has its own time limits besides
    CURLM* multi = m_state->multi.get();
    int running = 0;
    curl_multi_perform(multi, &running);
    std::vector<DeliveryResult> ended;
    const auto collect = [&] {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left))
            if (message->msg == CURLMSG_DONE)
                ended.push_back(m_state->finish(message->easy_handle, message->data.result));
    };
    collect();
    if (!ended.empty())
        return ended;
    curl_waitfd orders = {socket, CURL_WAIT_POLLIN, 0};
    curl_multi_poll(multi, &orders, 1, longest_wait, nullptr);
    curl_multi_perform(multi, &running);
    collect();
    return ended;
}

} // namespace stile::deliver
