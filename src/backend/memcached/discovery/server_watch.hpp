// Asks a source again and again which servers a pool has, and says when they are others. Without I/O, on one thread.
//
//   an answer           is asked for again after `every`, a tenth more or less, so that processes do not ask in step
//   none, or an empty   the servers that were known stay. It is asked again soon, then after pauses that double, up to `every`
//   an older version    of a configuration endpoint: an outdated view, unless it is told `dissent_max` times in a row
//
// Order of calls: start() once; the owner is told from inside of it, or later.
#pragma once

#include "backend/memcached/discovery/server_source.hpp"
#include "base/executor.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

class server_watch final : private base::timer {
 public:
  class owner {
   public:
    /// They are others now, or known for the first time; `what` came and went, in words.
    virtual void on_servers(std::vector<server_options> const& now, std::string const& what) = 0;
    /// The source has answered.
    virtual void on_answer() = 0;
    /// It has not, or not well.
    virtual void on_failure(std::string const& why) = 0;
    /// What is wrong with these, for a reason that the source cannot know; empty if nothing is.
    virtual std::string fault_of(std::vector<server_options> const& found) = 0;

   protected:
    ~owner() = default;
  };

  static constexpr base::duration patience = std::chrono::seconds(5);     // with one question
  static constexpr base::duration first_pause = std::chrono::seconds(1);  // after a failure
  static constexpr unsigned dissent_max = 3;

  server_watch(base::executor& on, server_source& asked, base::duration every, owner& told)
      : on_(on), source_(asked), every_(every), owner_(told) {}
  ~server_watch() override { source_.drop(); }

  void start() { ask(); }

 private:
  void on_deadline() override;
  void ask();
  void answered(base::result<found_servers> const& found);
  void take(found_servers const& found);
  void failed(std::string const& why);
  bool is_outdated(found_servers const& found);
  void ask_after(base::duration pause);

  base::executor& on_;
  server_source& source_;
  base::duration const every_;
  owner& owner_;
  bool asking_ = false;
  std::optional<std::vector<server_options>> known_;
  std::uint64_t version_ = 0;
  unsigned dissent_ = 0;   // older versions in a row
  unsigned failures_ = 0;  // in a row
};

/// What came and what went, in words: "10.0.0.3:11211 came, 10.0.0.1:11211 went".
std::string difference(std::vector<server_options> const& before, std::vector<server_options> const& after);

}  // namespace tandem::backend::memcached
