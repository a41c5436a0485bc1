#include "functions/logout/transfers.h"

#include <curl/curl.h>

#include <map>
#include <stdexcept>

namespace stile::logout {

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

struct Transfer {
    std::size_t id;
    std::unique_ptr<CURL, Cleanup> handle;
    std::size_t received = 0;
};

std::size_t pass_over(char*, std::size_t, std::size_t count, void* into)
{
    auto& received = *static_cast<std::size_t*>(into);
    received += count;
    return received > largest_answer ? 0 : count; // 0 ends the transfer; its status is known by then
}

} // namespace

struct Transfers::State {
    std::unique_ptr<curl_slist, Cleanup> headers;
    std::unique_ptr<CURLM, MultiCleanup> multi;
    std::map<CURL*, std::unique_ptr<Transfer>> under_way;

    Ended finish(CURL* handle, CURLcode result)
    {
        const auto found = under_way.find(handle);
        Ended ended = {found->second->id, 0, result == CURLE_OPERATION_TIMEDOUT};
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &ended.status);
        curl_multi_remove_handle(multi.get(), handle);
        under_way.erase(found);
        return ended;
    }
};

Transfers::Transfers() : m_state(std::make_unique<State>())
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    m_state->headers.reset(curl_slist_append(nullptr, "Expect:")); // no pause before the body
    m_state->multi.reset(curl_multi_init());
    if (!m_state->multi || !m_state->headers)
        throw std::runtime_error("cannot initialize libcurl");
}

Transfers::~Transfers()
{
    for (const auto& [handle, transfer] : m_state->under_way)
        curl_multi_remove_handle(m_state->multi.get(), handle);
}

void Transfers::begin(std::size_t id, const std::string& uri, const std::string& form)
{
    auto transfer = std::make_unique<Transfer>(id, std::unique_ptr<CURL, Cleanup>(curl_easy_init()));
    CURL* handle = transfer->handle.get();
    curl_easy_setopt(handle, CURLOPT_URL, uri.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, m_state->headers.get());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
    curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, form.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L); // signals are for the main thread
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L); // do not wait for a name server that does not answer
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "Stile");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer->received);
    m_state->under_way.emplace(handle, std::move(transfer));
    curl_multi_add_handle(m_state->multi.get(), handle);
}

std::vector<Transfers::Ended> Transfers::wait(std::chrono::milliseconds most)
{
    CURLM* multi = m_state->multi.get();
    int running = 0;
    curl_multi_perform(multi, &running);
    std::vector<Ended> ended;
    const auto collect = [&] {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left))
            if (message->msg == CURLMSG_DONE)
                ended.push_back(m_state->finish(message->easy_handle, message->data.result));
    };
    collect();
    if (!ended.empty())
        return ended;
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(most.count()), nullptr);
    curl_multi_perform(multi, &running);
    collect();
    return ended;
}

std::size_t Transfers::under_way() const
{
    return m_state->under_way.size();
}

void Transfers::wake()
{
    curl_multi_wakeup(m_state->multi.get());
}

} // namespace stile::logout
