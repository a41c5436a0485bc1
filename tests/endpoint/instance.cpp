#include "tests/endpoint/instance.h"

#include "shared/crypto/password.h"
#include "shared/crypto/seal.h"
#include "shared/oauth/counter_labels.h"
#include "shared/store/users_acl.h"
#include "tests/support/handlers.h"
#include "tests/support/page_folder.h"

#include <argon2.h>

#include <filesystem>
#include <future>
#include <regex>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace stile::test {

namespace {

struct Location {
    std::string path;
    std::string function;
    bool gets_path; // DOCUMENT_URI
    bool gets_endpoints; // STILE_ENDPOINTS
};

// The file that nginx reads, so the test must run in the root of the repository.
std::string nginx_file()
{
    const auto text = read_file("nginx/stile.conf");
    if (text.empty())
        throw std::runtime_error("nginx/stile.conf cannot be read: run the tests in the root of the repository");
    return text;
}

// The locations that nginx passes to a function, each as far as the brace that ends it.
std::vector<Location> read_locations()
{
    static const std::regex begin("location = (\\S+) \\{");
    static const std::regex pass("fastcgi_pass stile_(\\w+);");
    const auto text = nginx_file();
    std::vector<Location> found;
    for (std::sregex_iterator it(text.begin(), text.end(), begin), end; it != end; ++it) {
        const auto from = static_cast<std::size_t>(it->position());
        const auto body = text.substr(from, text.find("\n}", from) - from);
        std::smatch function;
        if (std::regex_search(body, function, pass))
            found.push_back({(*it)[1], function[1], body.contains("DOCUMENT_URI"), body.contains("STILE_ENDPOINTS")});
    }
    return found;
}

const std::vector<Location>& locations()
{
    static const auto all = read_locations();
    return all;
}

Config read(const Instance::Variables& variables)
{
    std::map<std::string, std::string, std::less<>> all = {
        {"STILE_ISSUER", "http://localhost:8000"},
        {"STILE_PAGES", built_pages()},
        {"STILE_CLIENT_CACHE", "0"},
        {"STILE_REDIS_TIMEOUT", "20000"}, // a busy machine is no failure
        {"STILE_KEY", master_key}};
    for (const auto& [name, value] : variables)
        all[name] = value;
    auto config = read_config([&](std::string_view name) -> std::optional<std::string> {
        const auto found = all.find(name);
        return found != all.end() ? std::optional(found->second) : std::nullopt;
    });
    if (!config)
        FAIL(config.error());
    return config.take();
}

// Read once for all instances that have no theme and no language of their own.
std::shared_ptr<const Templates> templates_of(const PageFiles& files)
{
    static const auto usual = load_templates({.installed = built_pages(), .theme = {}, .language = "en"});
    return files.theme.empty() && files.language == "en" ? usual : load_templates(files);
}

// Argon2id at its lowest price: users of tests, where the price is not what is tested.
std::string cheap_hash(const std::string& password)
{
    static constexpr std::string_view salt = "salt of the tests";
    std::string encoded(argon2_encodedlen(1, 8, 1, salt.size(), 32, Argon2_id), '\0');
    const int status = argon2id_hash_encoded(1, 8, 1, password.data(), password.size(), salt.data(), salt.size(), 32,
                                             encoded.data(), encoded.size());
    REQUIRE(status == ARGON2_OK);
    encoded.erase(encoded.find('\0'));
    return encoded;
}

// Generated once a program: an RSA key takes some 100 ms.
const SigningKey& first_key(JwsAlgorithm algorithm)
{
    static std::map<JwsAlgorithm, SigningKey> keys;
    const auto found = keys.find(algorithm);
    return found != keys.end() ? found->second : keys.emplace(algorithm, SigningKey::generate(algorithm)).first->second;
}

SigningKeyRecord record_of(const SigningKey& key, Seconds now, Random& random)
{
    SigningKeyRecord record;
    record.kid = key.kid();
    record.algorithm = to_string(key.algorithm());
    record.public_jwk = key.public_key().to_json().value_or("");
    record.sealed = seal(key.to_json().reveal(), Secret(master_key), seal_purpose_of_key(record.kid), random);
    record.created_at = now;
    record.signs_from = now;
    return record;
}

std::string url_of(const RedisAddress& address)
{
    return "unix://" + address.socket + "?user=" + address.user + "&password=" + std::string(address.password.reveal());
}

} // namespace

std::string announced_endpoints()
{
    static const std::regex list("set \\$stile_endpoints \"(.*)\";");
    const auto text = nginx_file();
    std::smatch found;
    if (!std::regex_search(text, found, list))
        throw std::runtime_error("nginx/stile.conf has no $stile_endpoints");
    return found[1];
}

Scope scope_of(std::string_view text)
{
    return must(Scope::parse(text));
}

// What a function has besides what all have.
struct Instance::Function {
    Function(const Process& process, const RedisAddress& address, Metrics& metrics, Loop& loop)
        : connection(address, process.clock, &metrics, &loop),
          context(process, connection)
    {
    }
    Connection connection;
    Context context;
};

Instance::Instance(const Variables& variables, RedisServer& server_)
    : server(server_),
      m_variables(variables),
      m_config(read(variables)),
      m_log_file(::memfd_create("stile-test-log", MFD_CLOEXEC)),
      m_log("test", m_log_file),
      m_metrics(m_config.metrics, "test", counter_labels),
      m_client_cache(m_config.client_cache, clock),
      m_verified_secrets(clock, random),
      m_key_ring(m_config.client_cache, clock, Secret(master_key), m_config.shared_secret),
      m_templates(templates_of(m_config.pages)),
      m_process{m_config.settings,  clock,    random,          m_log,      m_metrics,        audit, m_client_cache,
                m_verified_secrets, m_hashes, m_secret_checks, m_key_ring, m_templates.get()},
      connection(server.address("operator"), clock),
      clients(connection, m_client_cache),
      users(connection),
      profiles(connection),
      signing_keys(connection)
{
    m_loop_thread = std::jthread([this] { m_loop.run(); });
    redis({"FLUSHALL"});
    must(connection.load_library());
    if (settings().offers("password")) { // more rights for the token endpoint (redis/README.md)
        const auto more = password_grant_acl();
        Arguments rule = {"ACL", "SETUSER", "stile-token"};
        for (std::size_t begin = 0; (begin = more.find('(', begin)) != std::string::npos; ++begin)
            rule.push_back(more.substr(begin, more.find(')', begin) - begin + 1));
        redis(rule);
    }
    add_client({.id = "test_client",
                .name = "Example Application",
                .redirect_uris = {demo_redirect},
                .scope = scope_of("openid profile email")},
               "password");
    add_user("admin", "admin");
    must(profiles.put("admin", {{"name", R"("Ada Admin")"}, {"email", R"("admin@example.com")"}}));
    for (const auto algorithm : {JwsAlgorithm::rs256, JwsAlgorithm::es256})
        must(signing_keys.add(record_of(first_key(algorithm), clock.now(), random)));
}

Instance::~Instance()
{
    m_loop.post([this] { m_loop.stop(); });
    m_loop_thread.join();
    m_functions.clear();
    if (const auto leaked = secrets.found_in(log_text()))
        FAIL_CHECK("a secret is in the log: " << *leaked);
    if (settings().offers("password"))
        redis({"ACL", "LOAD"});
    ::close(m_log_file);
}

Instance::Function& Instance::function_named(std::string_view name)
{
    if (const auto found = m_functions.find(name); found != m_functions.end())
        return *found->second;
    auto address = server.address("stile-" + std::string(name));
    address.timeout_milliseconds = m_config.redis.timeout_milliseconds;
    return *m_functions.emplace(name, std::make_unique<Function>(m_process, address, m_metrics, m_loop)).first->second;
}

Response Instance::handle(std::string_view path, Request request)
{
    if (path.starts_with(settings().path))
        path.remove_prefix(settings().path.size());
    const auto location = std::ranges::find(locations(), path, &Location::path);
    if (location == locations().end())
        return {.status = 404};
    if (location->gets_path)
        request.path = path;
    if (location->gets_endpoints)
        request.endpoints = endpoints;
    // No assertion here: tests call this from several threads, and Catch2's are for one.
    const auto handler = std::ranges::find(handlers(), location->function, &Handler::endpoint);
    if (handler == handlers().end())
        return {.status = 404};
    std::promise<Response> response;
    m_loop.post([&] { response.set_value(handler->handle(request, function_named(location->function).context)); });
    return response.get_future().get();
}

std::size_t Instance::waiting_for_hashes()
{
    std::promise<std::size_t> waiting;
    m_loop.post([&] { waiting.set_value(m_hashes.waiting()); });
    return waiting.get_future().get();
}

std::string Instance::next_request_id()
{
    auto id = std::to_string(++m_requests);
    return std::string(32 - id.size(), '0') + id;
}

void Instance::pass(Seconds seconds)
{
    clock.advance(seconds);
    for (const auto& key : keys("*")) {
        const auto left = redis({"TTL", key}).integer;
        if (left >= 0)
            redis({"EXPIRE", key, std::to_string(left - seconds)}); // at once when nothing is left
    }
}

std::string Instance::add_client(Client client, const std::string& secret)
{
    if (client.name.empty())
        client.name = client.id;
    if (client.grant_types.empty())
        client.grant_types = {"authorization_code", "refresh_token"};
    client.registered_at = clock.now();
    std::string given = client.is_public() ? "" : secret;
    if (!client.is_public() && secret.empty()) {
        given = random.base62(43);
        client.secret_hash = hash_generated_secret(Secret(given), random);
    } else if (!client.is_public()) {
        client.secret_hash = cheap_hash(secret);
    }
    CAPTURE(client.id);
    REQUIRE(must(clients.add(client, clock.now())) == Registration::done);
    return given;
}

void Instance::change_client(const std::string& id, const std::function<void(Client&)>& how)
{
    REQUIRE(must(clients.update(id, [&](Client client) -> Result<Client> {
        how(client);
        return client;
    })));
}

void Instance::add_user(const std::string& name, const std::string& password, const std::string& subject)
{
    const auto canonical = canonical_user_name(name).value();
    CAPTURE(name);
    REQUIRE(must(users.add({.name = canonical,
                            .subject = subject.empty() ? canonical : subject,
                            .password_hash = cheap_hash(password),
                            .registered_at = clock.now()},
                           clock.now()))
            == Registration::done);
}

SigningKey Instance::add_key(JwsAlgorithm algorithm)
{
    auto key = SigningKey::generate(algorithm);
    must(signing_keys.add(record_of(key, clock.now(), random)));
    return key;
}

Reply Instance::redis(const Arguments& command)
{
    return must(connection.command(command));
}

std::vector<std::string> Instance::keys(const std::string& pattern)
{
    std::vector<std::string> names;
    for (const auto& key : redis({"KEYS", pattern}).elements)
        names.push_back(key.text);
    return names;
}

std::vector<std::string> Instance::environment() const
{
    std::map<std::string, std::string> ours = {
        {"STILE_ISSUER", issuer()},         {"STILE_REDIS", url_of(server.address("stile"))},
        {"STILE_KEY", master_key},          {"STILE_CLIENT_CACHE", "0"},
        {"STILE_PASSWORD_LENGTH", "0"}, // those of the tests are short
        {"STILE_CLIENT_SECRET_LENGTH", "0"}};
    for (const auto& [name, value] : m_variables)
        ours[name] = value;
    auto all = plain_environment();
    for (const auto& [name, value] : ours)
        all.push_back(std::string(name).append("=").append(value));
    return all;
}

Ran Instance::admin(const std::vector<std::string>& arguments, const std::string& input)
{
    const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    std::vector<std::string> command = {programs / "stile"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto ran = run_program(std::move(command), environment(), input);
    // The command lives by the clock of the system: what it wrote must not lie in our future.
    if (const auto behind = SystemClock().now() - clock.now(); behind > 0)
        clock.advance(behind);
    return ran;
}

std::string Instance::log_text() const
{
    std::string text(static_cast<std::size_t>(::lseek(m_log_file, 0, SEEK_CUR)), '\0');
    [[maybe_unused]] const auto got = ::pread(m_log_file, text.data(), text.size(), 0);
    return text;
}

} // namespace stile::test
