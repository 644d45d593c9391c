#include "policy/retries.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using namespace tandem::policy;
using tandem::base::error_kind;

namespace {

constexpr std::uint32_t longest = 0xffffffff;
constexpr failed_attempt lost{error_kind::connection_lost, true, false};
constexpr failed_attempt lost_unsent{error_kind::connection_lost, false, false};
constexpr failed_attempt garbage{error_kind::bad_reply, true, false};
constexpr failed_attempt garbage_unsent{error_kind::bad_reply, false, false};
constexpr failed_attempt refused{error_kind::connect, false, false};
constexpr failed_attempt turned_away{error_kind::refused, false, false};
constexpr failed_attempt timeout{error_kind::timeout, true, false};
constexpr failed_attempt timeout_unsent{error_kind::timeout, false, false};
constexpr failed_attempt overload{error_kind::overload, false, false};

std::string in_words(next_try const& next) {
  switch (next.when) {
    case next_try::moment::at_once: return "again";
    case next_try::moment::after_pause: return "pause";
    case next_try::moment::never: return "over";
  }
  return "?";
}

}  // namespace

TEST_CASE("what each failure leads to, in a row, for each kind of request") {
  struct row {
    std::vector<failed_attempt> failures;
    // one server; another may take over: of a request that may be repeated, and of one that may not
    std::string_view repeatable_alone, alone, repeatable_among, among;
  };
  for (row const& each : {
           row{{lost}, "again", "over", "again", "over"},
           row{{lost_unsent}, "again", "again", "again", "again"},
           row{{garbage}, "again", "over", "again", "over"},
           row{{garbage_unsent}, "again", "again", "again", "again"},
           row{{lost, lost}, "again over", "over over", "again over", "over over"},
           row{{lost_unsent, lost}, "again over", "again over", "again over", "again over"},
           row{{lost_unsent, lost_unsent}, "again over", "again over", "again pause", "again pause"},
           row{{lost, garbage_unsent}, "again over", "over again", "again pause", "over again"},
           row{{lost_unsent, garbage}, "again over", "again over", "again over", "again over"},
           row{{refused}, "over", "over", "pause", "pause"},
           row{{turned_away}, "over", "over", "pause", "pause"},
           row{{refused, lost}, "over again", "over over", "pause again", "pause over"},
           row{{lost_unsent, refused, lost_unsent},
               "again over over",
               "again over over",
               "again pause pause",
               "again pause pause"},
           row{{timeout}, "over", "over", "over", "over"},
           row{{timeout_unsent}, "over", "over", "over", "over"},
           row{{overload}, "over", "over", "over", "over"},
       }) {
    auto const told = [&each](servers of, bool repeatable) {
      retries asked(of);
      std::string words;
      for (failed_attempt failed : each.failures) {
        failed.repeatable = repeatable;
        words += (words.empty() ? "" : " ") + in_words(asked.after(failed, longest));
      }
      return words;
    };
    INFO(each.repeatable_alone << ", " << each.alone << ", " << each.repeatable_among << ", " << each.among);
    CHECK(told(servers::one, true) == each.repeatable_alone);
    CHECK(told(servers::one, false) == each.alone);
    CHECK(told(servers::take_over, true) == each.repeatable_among);
    CHECK(told(servers::take_over, false) == each.among);
  }
}

TEST_CASE("a refusal that may pass is waited for whatever the request is, longer each time") {
  retries asked(servers::one);
  CHECK(asked.after_refusal(longest).pause == 10ms);
  CHECK(asked.after_refusal(longest).pause == 20ms);
  for (int more = 0; more < 10; ++more) CHECK(in_words(asked.after_refusal(longest)) == "pause");
  CHECK(asked.after_refusal(longest).pause == 200ms);
  CHECK(asked.after_refusal(0).pause == 100ms);
}

TEST_CASE("all pauses of a request grow together, whatever they are for") {
  retries asked(servers::take_over);
  CHECK(asked.after(refused, longest).pause == 10ms);
  CHECK(asked.after_refusal(longest).pause == 20ms);
  CHECK(asked.after(turned_away, longest).pause == 40ms);
}
