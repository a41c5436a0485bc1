// The openssl command makes the certificates with the settings in certificate.cnf. The authority signs one certificate. Its
// private key is only in memory and is then discarded, so that no other certificate can be signed by the authority that a
// person was asked to trust.
#include "functions/run/certificate.h"

#include "functions/run/files.h"
#include "functions/run/process.h"
#include "shared/base/clock.h"
#include "shared/base/text.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

namespace stile::run {

namespace fs = std::filesystem;

namespace {

constexpr Seconds min_validity = Seconds{30} * 24 * 3600;
// Days. Browsers accept at most 398 for a certificate of a public authority.
constexpr const char* authority_days = "397";
constexpr const char* certificate_days = "396"; // ends before its authority does

bool openssl(Words arguments, const std::string& log)
{
    arguments.insert(arguments.begin(), "openssl");
    return run_to_end({"openssl", std::move(arguments), -1, log, {}}) == 0;
}

bool is_good(const Tls& tls)
{
    const auto certificate = tls.folder + "/certificate.pem";
    const auto then = SystemClock().now() + min_validity;
    const Words verify = {"verify",    "-x509_strict",  "-purpose",           "sslserver",  "-verify_hostname",
                          "localhost", "-attime",       std::to_string(then), "-no-CApath", "-no-CAstore",
                          "-CAfile",   tls.authority(), certificate};
    // A test, without use of its output: openssl exports to PKCS #12 only a key that belongs to the certificate.
    const Words match = {"pkcs12", "-export",   "-passout", "pass:",    "-inkey", tls.folder + "/key.pem",
                         "-in",    certificate, "-out",     "/dev/null"};
    // Other settings could mean other constraints.
    return fs::exists(certificate) && read_file(tls.folder + "/settings.cnf") == read_file(tls.settings)
           && openssl(verify, tls.log) && openssl(match, tls.log);
}

// The name by which a person finds it in the list of a browser.
std::string name_of_authority()
{
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::string name = "Stile make run on ";
    for (const char c : std::string_view(host.data()).substr(0, 64 - name.size())) // RFC 5280 appendix A: 64 at most
        name += is_base62(c) || c == '.' || c == '-' ? c : '_'; // '/' and '+' are syntax of -subj
    return name;
}

Words request(const Tls& tls, const char* extensions, const std::string& key, const std::string& subject,
              const char* days, const std::string& certificate)
{
    return {"req",      "-x509",   "-config", tls.settings, "-extensions",
            extensions, "-newkey", "ec",      "-pkeyopt",   "ec_paramgen_curve:P-256",
            "-noenc",   "-keyout", key,       "-subj",      "/CN=" + subject,
            "-days",    days,      "-out",    certificate};
}

bool make(const Tls& tls)
{
    std::error_code error;
    fs::remove_all(tls.folder, error);
    if (!fs::create_directories(tls.folder, error))
        return false;
    const int memory = ::memfd_create("authority.key", 0); // stays open on exec: openssl opens it by its number
    const auto authority_key = "/proc/self/fd/" + std::to_string(memory);
    auto certificate =
        request(tls, "server", tls.folder + "/key.pem", "localhost", certificate_days, tls.folder + "/certificate.pem");
    certificate.insert(certificate.end(), {"-CA", tls.authority(), "-CAkey", authority_key});
    const bool made =
        openssl(request(tls, "authority", authority_key, name_of_authority(), authority_days, tls.authority()), tls.log)
        && openssl(std::move(certificate), tls.log);
    ::close(memory);
    return made && write_private_file(tls.folder + "/settings.cnf", read_file(tls.settings));
}

} // namespace

Expected<void, std::string> prepare_certificate(const Tls& tls, const std::string& issuer)
{
    if (!issuer.starts_with("https://"))
        return std::unexpected("STILE_ISSUER must begin with https:// with TLS=1; it is " + issuer);
    if (!is_program("openssl"))
        return std::unexpected("openssl is not installed; install its Debian package: apt-get install openssl");
    if (is_good(tls))
        return {};
    const bool replaces = fs::exists(tls.authority());
    if (!make(tls))
        return std::unexpected("cannot make a certificate; see " + tls.log);
    if (replaces)
        std::cerr << "stile: the certificate authority is new; trust it again: " << tls.authority() << '\n';
    return {};
}

std::string fill_in_tls(std::string text, const std::string& authority)
{
    const bool on = !authority.empty();
    text = replace_all(std::move(text), "@SSL@", on ? " ssl" : "");
    text = replace_all(std::move(text), "@TLS@", on ? "include stile/tls.conf;" : "");
    return replace_all(std::move(text), "@CURL@", on ? "curl --cacert " + authority : "curl");
}

std::string how_to_trust(const std::string& authority)
{
    if (authority.empty())
        return "";
    return "Its certificate authority: " + authority + " (curl --cacert; SSL_CERT_FILE; NODE_EXTRA_CA_CERTS)\n";
}

} // namespace stile::run
