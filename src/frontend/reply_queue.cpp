#include "frontend/reply_queue.hpp"

#include <algorithm>

namespace tandem::frontend {
namespace {

/// Of the expected size, with each reply that is smaller.
constexpr std::size_t forgotten_part = 64;

std::size_t remember(std::size_t expected, std::size_t seen) {
  return std::max(expected - expected / forgotten_part, seen);
}

}  // namespace

reply_queue::~reply_queue() {
  while (!slots_.empty()) pop();
}

void reply_queue::pop() {
  shared_.in_flight -= slots_.front().expected;
  slots_.pop_front();
}

reply_queue::slot& reply_queue::push_request(reply_form form) {
  slots_.push_back(slot{this, std::move(form), {}, {}, expected_size_});
  shared_.in_flight += expected_size_;
  return slots_.back();
}

void reply_queue::start(slot& one) {
  one.answering.start([](void* self) { static_cast<slot*>(self)->queue->owner_.on_reply(); }, &one);
}

void reply_queue::push_line(base::slice line) {
  slots_.push_back(slot{this, {render_said, std::move(line)}, {}, {}, 0});
}

void reply_queue::render_ready(base::output_buffer& output) {
  while (!slots_.empty() && ready(slots_.front())) {
    slot& first = slots_.front();
    std::size_t const before = output.size();
    if (first.answering) {
      model::response const response = first.answering.take();
      owner_.on_answer(first.request, response);
      first.form.render(first.request, response, first.form.said, output);
    } else {
      output.append(first.form.said);
    }
    std::size_t const seen = output.size() - before;
    expected_size_ = remember(expected_size_, seen);
    shared_.expected_size = remember(shared_.expected_size, seen);
    pop();
  }
}

void reply_queue::drop_ready() {
  while (!slots_.empty() && ready(slots_.front())) pop();
}

}  // namespace tandem::frontend
