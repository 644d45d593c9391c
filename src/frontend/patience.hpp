// How long a client that has the word is waited for: to send the rest of a command, or to take what it is owed. The time
// starts anew when the client has got on by 16 KiB. Who is waited for longest stands first in the worker's line, where those
// are found that go first when memory is short.
#pragma once

#include "base/timer.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>

namespace tandem::net {
class reactor;
}

namespace tandem::frontend {

class patience final : private base::timer {
 public:
  static constexpr std::uint64_t getting_on = 16 * 1024;

  class owner {
   public:
    /// Bytes that the client has sent, or taken.
    virtual std::uint64_t progress(patience const& of) const = 0;
    /// The client has not got on in time.
    virtual void on_patience_lost(patience& over) = 0;
    /// What the client holds is needed for others.
    virtual void on_memory_short(patience& over) = 0;

   protected:
    ~owner() = default;
  };

  using hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  hook in_line;

  /// All that are waited for and hold much, who is waited for longest first.
  using line =
      boost::intrusive::list<patience, boost::intrusive::member_hook<patience, hook, &patience::in_line>,
                             boost::intrusive::constant_time_size<false>>;

  struct surroundings {
    net::reactor& reactor;
    line& all;
    std::chrono::milliseconds time;
  };

  patience(owner& owner, surroundings const& within) : owner_(owner), within_(within) {}

  /// The client has the word, still or anew; whether what it holds is wanted when memory is short.
  void run(bool holds_much);
  void stop() {
    if (runs()) leave();
  }

  bool runs() const { return armed(); }
  base::time_point since() const { return since_; }

  /// What the client holds is to be taken from it.
  void cut_short();

 private:
  void on_deadline() override;
  void start(std::uint64_t done);
  void leave();

  owner& owner_;
  surroundings const& within_;
  base::time_point since_{};
  std::uint64_t done_ = 0;  // the progress then
};

}  // namespace tandem::frontend
