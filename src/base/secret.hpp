// A password, or whatever else nobody is to see: written in the configuration, or in a file that may be given another
// content while this process runs, as secrets are rotated. Whoever is refused with it asks renewed(), and tries again if it
// says so. Never shown: messages and log lines have the file's name only.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tandem::base {

class secret {
 public:
  /// The content of the file now, or why there is none in words that follow its name. Any thread, one at a time.
  using reader = std::function<result<std::string>()>;

  /// There is none.
  secret() : secret(std::string()) {}
  explicit secret(std::string literal);
  /// `name` is what messages call the file, `first` its content, `again` reads it anew.
  secret(std::string name, std::string first, reader again);

  /// Whether there is none; for good.
  bool empty() const { return empty_; }
  /// What it is now.
  std::string value() const;

  /// Reads the file again, if it is one, and says whether there is another value now than the one that was `used`. A file
  /// that cannot be read leaves the last value; the log has one line about it, and one about each new value, for all
  /// copies together. Any thread; blocks for as long as the file does.
  bool renewed(std::string const& used) const;

  /// Whether both are of one file, whatever was read from it so far, or are written alike.
  friend bool operator==(secret const& one, secret const& other);

 private:
  struct state;

  bool empty_;
  std::shared_ptr<state> state_;  // of all copies: every worker has options of its own
};

}  // namespace tandem::base
