// What each request costs besides bytes: tasks, and the queue of replies.
#include "base/task.hpp"
#include "bench/micro/parsers.hpp"
#include "frontend/reply_queue.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"

#include <benchmark/benchmark.h>

namespace tandem::bench {

namespace {

base::task<int> parent(int depth) {
  if (depth == 0) co_return 1;
  co_return co_await parent(depth - 1);
}

void await_ready_child(benchmark::State& state) {
  auto const depth = static_cast<int>(state.range(0));
  for (auto _ : state) {
    base::task<int> made = parent(depth);
    made.start([](void*) {}, nullptr);
    benchmark::DoNotOptimize(made.take());
  }
}

struct silent_owner : frontend::reply_queue::owner {
  void on_reply() override {}
  void on_answer(model::request const&, model::response&, frontend::command_origin) override {}
};

void render_text(model::request const& asked, model::response const& answer, frontend::reply_form const&,
                 base::output_buffer& output) {
  protocol::text::encode_reply(asked, answer, output);
}

void queue_replies(benchmark::State& state) {
  silent_owner owner;
  policy::shared_limit limit(20'000);
  frontend::reply_budget budget(limit);
  base::system_clock const clock;
  frontend::reply_queue queue(owner, budget, clock);
  base::output_buffer output;
  model::response hit;
  hit.value = base::slice::copy_of(value_of(100));
  base::slice const key = base::slice::copy_of(micro_key);
  for (auto _ : state) {
    for (auto count = state.range(0); count > 0; --count) {
      auto& slot = queue.push_request({render_text}, {});
      slot.request.key = key;
      slot.answering = base::ready_task(hit);
      queue.start(slot);
    }
    queue.render_ready(output);
    output.consume(output.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(await_ready_child)->ArgName("children")->Arg(0)->Arg(1)->Arg(8);
BENCHMARK(queue_replies)->ArgName("requests")->Arg(1)->Arg(32);

}  // namespace

}  // namespace tandem::bench
