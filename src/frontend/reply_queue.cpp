#include "frontend/reply_queue.hpp"

#include <algorithm>

namespace tandem::frontend {
namespace {

/// Of the expected size, with each reply that is smaller.
constexpr std::size_t forgotten_part = 64;

}  // namespace

reply_queue::slot& reply_queue::push_request(render_function render) {
  slots_.push_back(slot{this, render, {}, {}, {}});
  return slots_.back();
}

void reply_queue::start(slot& one) {
  one.answering.start([](void* self) { static_cast<slot*>(self)->queue->owner_.on_reply(); }, &one);
}

void reply_queue::push_line(base::slice line) {
  slots_.push_back(slot{this, nullptr, std::move(line), {}, {}});
}

void reply_queue::render_ready(base::output_buffer& output) {
  while (!slots_.empty() && ready(slots_.front())) {
    slot& first = slots_.front();
    std::size_t const before = output.size();
    if (first.answering) {
      model::response const response = first.answering.take();
      owner_.on_answer(first.request, response);
      if (first.line.empty()) first.render(first.request, response, output);
    }
    output.append(first.line);
    expected_size_ = std::max(expected_size_ - expected_size_ / forgotten_part, output.size() - before);
    slots_.pop_front();
  }
}

void reply_queue::drop_ready() {
  while (!slots_.empty() && ready(slots_.front())) slots_.pop_front();
}

}  // namespace tandem::frontend
