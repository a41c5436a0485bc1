#include "functions/demo/client/fetch.h"

#include "shared/engine/loop.h"

#include <curl/curl.h>

#include <memory>

namespace stile::demo {

namespace {

constexpr long timeout = 5'000; // milliseconds
constexpr std::size_t max_response = 64 * 1024;

struct Deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, Deleter>;

void append(Headers& headers, const std::string& line)
{
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
}

std::size_t collect(char* bytes, std::size_t, std::size_t count, void* into)
{
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + count > max_response)
        return 0; // ends the transfer with an error
    body.append(bytes, count);
    return count;
}

void set_limits(CURL* handle)
{
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L); // threads
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_PROXY, ""); // ignores http_proxy: the provider is on this machine
}

} // namespace

void prepare_fetch()
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

Expected<Fetched, std::string> fetch(const HttpRequest& request, const std::string& authority)
{
    const std::unique_ptr<CURL, Deleter> handle(curl_easy_init());
    Headers headers;
    append(headers, "Accept: application/json");
    append(headers, "Expect:"); // no pause before the body
    if (request.authorization)
        append(headers, "Authorization: " + *request.authorization);

    Fetched fetched{};
    set_limits(handle.get());
    if (!authority.empty())
        curl_easy_setopt(handle.get(), CURLOPT_CAINFO, authority.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    if (request.form) {
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.form->size()));
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, request.form->c_str());
    }
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &fetched.body);
    auto code = CURLE_OK;
    run_aside([&] { code = curl_easy_perform(handle.get()); });
    if (code != CURLE_OK)
        return std::unexpected(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    fetched.status = static_cast<int>(status);
    curl_header* challenge = nullptr;
    if (curl_easy_header(handle.get(), "WWW-Authenticate", 0, CURLH_HEADER, -1, &challenge) == CURLHE_OK)
        fetched.challenge = challenge->value;
    return fetched;
}

} // namespace stile::demo
