// Journals of tests: in a directory of their own, opened, changed and waited for.
#pragma once

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tier/write_back/journal.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <utility>

namespace tandem::journals {

inline constexpr std::size_t bytes_max = std::size_t{1} << 24;

/// Thousands of journals are opened, each of which is synced: in memory where there is such a place.
inline std::filesystem::path fast_place() {
  std::filesystem::path const memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

class scratch {
 public:
  std::string operator/(std::string const& name) const { return (made_.path() / name).string(); }

 private:
  test::temporary_directory const made_{fast_place()};
};

inline std::unique_ptr<tier::journal> open(std::string const& directory,
                                           tier::fsync_policy fsync = tier::fsync_policy::never,
                                           std::size_t most = bytes_max) {
  auto opened = tier::journal::open({directory, fsync, most, tier::damage_policy::refuse});
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

inline std::string refusal(std::string const& directory,
                           tier::damage_policy damaged = tier::damage_policy::refuse) {
  auto const opened = tier::journal::open({directory, tier::fsync_policy::always, bytes_max, damaged});
  return opened ? "opened" : opened.error().message;
}

inline bool put(tier::journal& into, tier::unwritten_item item) {
  std::promise<bool> told;
  into.put(std::make_shared<tier::unwritten_item const>(std::move(item)),
           [&](bool done) { told.set_value(done); });
  return told.get_future().get();
}

inline bool remove(tier::journal& from, std::string const& key, std::uint64_t version) {
  std::promise<bool> told;
  from.remove(key, version, [&](bool done) { told.set_value(done); });
  return told.get_future().get();
}

/// key -> value@version
using contents = std::map<std::string, std::string>;

inline contents as_contents(tier::journal_findings const& found) {
  contents all;
  for (auto const& each : found.restored) all[each->key] = each->value + "@" + std::to_string(each->version);
  return all;
}

/// As the next process finds it.
inline contents content(std::string const& directory) {
  return as_contents(open(directory)->take_findings());
}

inline void overwrite(std::string const& file, std::size_t offset, std::string_view bytes) {
  std::fstream opened(file, std::ios::in | std::ios::out | std::ios::binary);
  opened.seekp(static_cast<std::streamoff>(offset));
  opened.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace tandem::journals
