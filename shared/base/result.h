// Errors as values: Expected<T, E> is a std::expected that must be used, TRY unwraps it or returns its error.
//
//   const auto scope = TRY(Scope::parse(text));      // returns the error from the enclosing function
//
// No function of Stile throws across its interface, except errors that prevent the start of a process.
#pragma once

#include <expected>
#include <type_traits>
#include <utility>

namespace stile {

template <typename T, typename E>
class [[nodiscard]] Expected : public std::expected<T, E> {
public:
    using std::expected<T, E>::expected;

    // The value, moved out. Call only when has_value().
    T take()
    {
        if constexpr (!std::is_void_v<T>)
            return std::move(**this);
    }
};

} // namespace stile

// Must not be nested; give the inner result a name instead.
#define TRY(expression)                                                                                                \
    __extension__({                                                                                                    \
        auto tried = (expression);                                                                                     \
        if (!tried.has_value())                                                                                        \
            return std::unexpected(std::move(tried).error());                                                          \
        tried.take();                                                                                                  \
    })
