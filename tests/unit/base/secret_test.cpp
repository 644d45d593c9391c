#include "base/secret.hpp"

#include "base/log.hpp"
#include "support/catch.hpp"

#include <thread>
#include <vector>

using tandem::base::error;
using tandem::base::error_kind;
using tandem::base::result;
using tandem::base::secret;

namespace {

/// A file that a test writes.
struct file {
  secret read() {
    return secret("password_file p", "first", [this]() -> result<std::string> {
      ++reads;
      if (content.empty()) return error{error_kind::configuration, "cannot be read: gone"};
      return content;
    });
  }
  std::string content = "first";
  int reads = 0;
};

}  // namespace

TEST_CASE("a secret that stands in the configuration stays what it is") {
  CHECK(secret().empty());
  CHECK(secret().value().empty());
  secret const literal("word");
  CHECK_FALSE(literal.empty());
  CHECK_FALSE(literal.renewed("word"));
  CHECK(literal.value() == "word");
}

TEST_CASE("a secret from a file is what the file held when it was asked to be renewed") {
  file on_disk;
  secret const from_file = on_disk.read();
  on_disk.content = "second";
  CHECK(from_file.value() == "first");
  CHECK(on_disk.reads == 0);
  CHECK(from_file.renewed("first"));
  CHECK(from_file.value() == "second");
  CHECK_FALSE(from_file.renewed("second"));
}

TEST_CASE("copies renew each other, and each learns that its own value is outdated") {
  file on_disk;
  secret const one = on_disk.read();
  secret const other = one;
  on_disk.content = "second";
  CHECK(one.renewed("first"));
  CHECK(other.value() == "second");
  CHECK(other.renewed("first"));
}

TEST_CASE("a file that is gone leaves the last secret") {
  file on_disk;
  secret const from_file = on_disk.read();
  on_disk.content.clear();
  CHECK_FALSE(from_file.renewed("first"));
  CHECK_FALSE(from_file.renewed("first"));
  CHECK(from_file.value() == "first");
  on_disk.content = "back";
  CHECK(from_file.renewed("first"));
}

TEST_CASE("any thread may renew a secret") {
  file on_disk;
  secret const from_file = on_disk.read();
  on_disk.content = "second";
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([from_file] {
      for (int round = 0; round < 1000; ++round) from_file.renewed(from_file.value());
    });
  }
  for (std::thread& each : workers) each.join();
  CHECK(from_file.value() == "second");
  CHECK(on_disk.reads == 4000);
}
