// The servers that sessions are played against: a memcached that is right by definition, and beside it Tandem
// in front of one kind of backend.
#pragma once

#include "differential/vocabulary.hpp"
#include "support/memcached_server.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::differential {

class subject {
 public:
  virtual ~subject() = default;
  virtual std::uint16_t port() const = 0;
  virtual abilities able() const { return {}; }
  /// Throws if it has crashed, or ends with anything but success.
  virtual void stop() {}
};

/// pool, redis, cluster, memory or composed: Tandem in front of that. memcached: another memcached, which has to show
/// no difference at all. liar: a memcached that gives no cas numbers.
std::unique_ptr<subject> make_subject(std::string_view backend);

std::vector<std::string> const& backends_of_tandem();

/// Options for a memcached whose answers depend on nothing but what is asked: its own rearranging of items in
/// the background decides whether a number that gets shorter is padded.
inline std::vector<std::string> const steady_memcached{"-o", "no_lru_maintainer,no_lru_crawler"};

}  // namespace tandem::differential
