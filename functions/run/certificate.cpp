// The openssl command makes the certificates, by the settings in certificate.cnf. The authority signs one certificate, as it
// is made: its private key is in memory for that long and in no file, so that no other certificate can ever be signed with
// the authority that a person was asked to trust.
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

constexpr Seconds kept_for_at_least = Seconds{30} * 24 * 3600;
// Days. Below the 398 that browsers grant a certificate of a public authority.
constexpr const char* life_of_authority = "397";
constexpr const char* life_of_certificate = "396"; // ends before its authority does

bool openssl(Words arguments, const std::string& log)
{
    arguments.insert(arguments.begin(), "openssl");
    return run_to_end({"openssl", std::move(arguments), -1, log, {}}) == 0;
}

bool is_good(const Tls& tls)
{
    const auto certificate = tls.folder + "/certificate.pem";
    const auto then = SystemClock().now() + kept_for_at_least;
    const Words verify = {"verify",    "-x509_strict",  "-purpose",           "sslserver",  "-verify_hostname",
                          "localhost", "-attime",       std::to_string(then), "-no-CApath", "-no-CAstore",
                          "-CAfile",   tls.authority(), certificate};
    // PKCS #12 is not what is wanted: openssl exports to it only a key that belongs to the certificate.
    const Words match = {"pkcs12", "-export",   "-passout", "pass:",    "-inkey", tls.folder + "/key.pem",
                         "-in",    certificate, "-out",     "/dev/null"};
    // Made with other settings, its constraints may be others.
    return fs::exists(certificate) && read_file(tls.folder + "/settings.cnf") == read_file(tls.settings)
           && openssl(verify, tls.log) && openssl(match, tls.log);
}

// By which a person finds it among the authorities of a browser.
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
    const int memory = ::memfd_create("authority.key", 0); // not closed on exec: openssl opens it by this number
    const auto authority_key = "/proc/self/fd/" + std::to_string(memory);
    auto certificate = request(tls, "server", tls.folder + "/key.pem", "localhost", life_of_certificate,
                               tls.folder + "/certificate.pem");
    certificate.insert(certificate.end(), {"-CA", tls.authority(), "-CAkey", authority_key});
    const bool made =
        openssl(request(tls, "authority", authority_key, name_of_authority(), life_of_authority, tls.authority()),
                tls.log)
        && openssl(std::move(certificate), tls.log);
    ::close(memory);
    return made && write_private_file(tls.folder + "/settings.cnf", read_file(tls.settings));
}

} // namespace

Expected<void, std::string> prepare_certificate(const Tls& tls, const std::string& issuer)
{
    if (!issuer.starts_with("https://"))
        return std::unexpected("STILE_ISSUER must begin with https:// where TLS=1 is given; it is " + issuer);
    if (!is_program("openssl"))
        return std::unexpected("openssl is not installed; install its Debian package: apt-get install openssl");
    if (is_good(tls))
        return {};
    const bool replaces = fs::exists(tls.authority());
    if (!make(tls))
        return std::unexpected("cannot make a certificate; see " + tls.log);
    if (replaces)
        std::cerr << "stile: the certificate authority is a new one, to be trusted again: " << tls.authority() << '\n';
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
