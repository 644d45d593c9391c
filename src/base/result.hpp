// A value or an error, for everything that may fail while the daemon serves. Boost.System's result, with our
// error.
#pragma once

#include "base/error.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>

namespace tandem::base {

template <class T, class Error = error>
using result = boost::system::result<T, Error>;

/// Called by result::value() on an error: only start-up code asks for a value without looking first.
[[noreturn]] inline void throw_exception_from_error(error const& failure, boost::source_location const&) {
  throw std::runtime_error(failure.message);
}

}  // namespace tandem::base
