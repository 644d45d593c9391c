// Random interleavings of one writer's sets and deletes of one key, and of many reads, through the workers of a process that
// writes back, with every step of each taken in any order, while L1 loses the key or restarts and L2 is away for some
// time. A read answers nothing older than what was answered before it began, and L1 is left with what L2 has, or nothing.
#include "support/sanitized.hpp"
#include "tier/framed_route.hpp"
#include "tier/ordered_route.hpp"
#include "tier/tiered_route.hpp"
#include "tier/write_back/write_back_route.hpp"
#include "unit/tier/small_tiers.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::tier {
namespace {

using namespace std::chrono_literals;

/// L2, while it is not away.
class far_at_times final : public model::route {
 public:
  explicit far_at_times(world& in) : present_(in) {}
  base::task<response> handle(model::request const& asked, model::request_context& context) override {
    if (away) return base::ready_task(response::server_error(base::error_kind::connect, "away"));
    return present_.handle(asked, context);
  }
  void explain(std::string_view, model::explanation&) const override {}

  bool away = false;

 private:
  far_link present_;
};

model::request of_one_key(verb command, std::string_view value = {}) {
  model::request made;
  made.command = command;
  made.key = base::slice::copy_of("k");
  made.value = base::slice::copy_of(value);
  return made;
}

tiered_options written_back() {
  tiered_options options;
  options.write = write_policy::back;
  return options;
}

struct house {
  struct worker {
    worker(house& in)
        : tiered("t", in.options, in.parts()),
          framed(in.near),
          back("t", {}, tiered, framed, in.parts_of_flusher(tiered), in.registry.add_worker()),
          ordered(back, key_order::kind::write, ordered_route::scope::everybody) {}
    tiered_route tiered;
    framed_route framed;
    write_back_route back;
    ordered_route ordered;
  };

  explicit house(unsigned seed)
      : in(seed, 0, 0), near(in), far(in), queue({}, in.due.running_clock(), nullptr) {
    for (int count = 0; count < 3; ++count) workers.push_back(std::make_unique<worker>(*this));
  }
  ~house() {
    for (auto const& each : workers) each->ordered.stop();
    clients.stop();
    for (auto const& each : workers) each->back.stop();
    for (auto const& each : workers) each->tiered.stop();
  }

  tier_parts parts() { return {near, far, missed, registry.add_worker(), in.due, &queue}; }
  flusher_parts parts_of_flusher(model::route& tiered) { return {queue, far, tiered, in.due}; }

  model::route& any() { return workers[in.due.below(workers.size())]->ordered; }

  base::task<void> write(model::route& route, verb command) {
    exists.push_back(command == verb::set);
    std::size_t const version = exists.size() - 1;
    model::request const asked = of_one_key(command, std::to_string(version));
    response const answer = co_await route.handle(asked, in.context);
    if (!answer.failed()) answered = version;
    writing = false;
  }

  base::task<void> read(model::route& route) {
    std::size_t const floor = answered;
    model::request const asked = of_one_key(verb::get);
    response const answer = co_await route.handle(asked, in.context);
    if (answer.failed()) co_return;
    bool fine = answer.hit() && std::stoul(answer.value.str()) >= floor;
    for (std::size_t version = floor; !answer.hit() && version < exists.size(); ++version)
      fine |= !exists[version];
    if (!fine) wrong = "read " + answer.value.str() + " after " + std::to_string(floor);
  }

  void begin(base::task<void> request) { REQUIRE(clients.start(std::move(request))); }
  void act() {
    if (in.due.below(3) != 0 || writing) return begin(read(any()));
    writing = true;
    begin(write(any(), in.due.below(4) == 0 ? verb::remove : verb::set));
  }

  world in;
  tiered_options options = written_back();
  near_link near;
  far_at_times far;
  model::missed_removals missed;
  metrics::registry registry;
  write_back_queue queue;
  std::vector<std::unique_ptr<worker>> workers;
  base::background_tasks clients{1000};
  std::vector<bool> exists{false};  // by version
  std::size_t answered = 0;         // the newest version whose write was answered
  bool writing = false;
  std::string wrong;
};

enum class fault { none, eviction, restart };

/// What went wrong in a run, if anything.
std::string play(unsigned seed, fault of_near, unsigned failing) {
  house tandem(seed);
  world& in = tandem.in;
  in.failures = failing;
  for (int moment = 0; moment < 150; ++moment) {
    if (in.due.below(3) == 0) tandem.act();
    if (in.due.below(12) == 0) tandem.far.away = !tandem.far.away;
    bool const now = in.due.below(12) == 0;
    if (now && of_near == fault::eviction) in.near.held.reset();
    if (now && of_near == fault::restart) in.near.restart();
    in.due.take_one();
  }
  in.failures = 0;
  tandem.far.away = false;
  while (in.due.take_one()) {
  }
  if (!tandem.wrong.empty()) return tandem.wrong;
  if (tandem.clients.size() != 0) return "somebody waits for ever";
  if (tandem.queue.metrics().items != 0) return "something stays unwritten";
  if (!in.near.held || in.near.held->claimed) return "";
  std::string const value = in.near.held->value.substr(10);
  bool const same = in.far.exists.back() && value == in.far.value;
  return same ? "" : "L1 is left with " + value + ", L2 with " + in.far.value;
}

}  // namespace

TEST_CASE("write: back, in any order of steps: no read answers what was replaced before it began") {
  fault const of_near = GENERATE(fault::none, fault::eviction, fault::restart);
  unsigned const failing = GENERATE(0U, 150U);
  for (unsigned seed = 1; seed <= test::rounds(500); ++seed) {
    CAPTURE(seed, failing, static_cast<int>(of_near));
    REQUIRE(play(seed, of_near, failing) == "");
  }
}

}  // namespace tandem::tier
