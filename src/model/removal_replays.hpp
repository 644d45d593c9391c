// Does again in the background, on one worker, what missed_removals.hpp holds: over and over, with growing pauses, until nothing is
// missed. Workers that do that at once share the work.
#pragma once

#include "base/background_tasks.hpp"
#include "base/executor.hpp"
#include "model/missed_removals.hpp"

#include <vector>

namespace tandem::model {

class removal_replays {
 public:
  /// Who knows how.
  class performer {
   public:
    /// Whether it is confirmed now.
    virtual base::task<bool> replay(missed_removals::due what) = 0;

    /// All that is due will be replayed, or tried to be, once.
    virtual void begin_pass() {}

    /// Whether some that fail tell that the others will, too, so that they are not tried.
    virtual bool fails_alike() const { return false; }

   protected:
    ~performer() = default;
  };

  /// All of these outlive it.
  removal_replays(missed_removals& missed, base::executor& executor, performer& by)
      : missed_(missed), executor_(executor), by_(by) {}

  /// Until nothing is missed any more, unless that is under way.
  void begin();

  /// The same where there is anything to do, as when another has left it undone.
  void resume() {
    if (missed_.any()) begin();
  }

  /// Ends them; none begins any more.
  void stop() { running_.stop(); }

 private:
  base::task<void> run();
  base::task<bool> pass();
  base::task<bool> replay_batch(std::vector<missed_removals::due> batch);
  base::task<bool> replay_one(missed_removals::due what, missed_removals::claim claim);

  missed_removals& missed_;
  base::executor& executor_;
  performer& by_;
  base::background_tasks running_{1};
};

}  // namespace tandem::model
