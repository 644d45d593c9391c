#include "frontend/reply_queue.hpp"

#include "base/frame_pool.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace tandem::frontend {
namespace {

/// Of the expected size, with each reply that is smaller.
constexpr std::size_t forgotten_part = 64;

std::size_t remember(std::size_t expected, std::size_t seen) {
  return std::max(expected - expected / forgotten_part, seen);
}

}  // namespace

reply_queue::~reply_queue() {
  while (first_) pop();
}

reply_queue::slot& reply_queue::push(reply_form&& form, model::request&& asked, std::size_t expected) {
  slot* const made = new (base::frame_pool::allocate(sizeof(slot)))
      slot{this, std::move(form), std::move(asked), {clock_}, {}, expected};
  (last_ ? last_->next : first_) = made;
  last_ = made;
  ++size_;
  shared_.owed.take();
  return *made;
}

void reply_queue::pop() {
  slot* const old = first_;
  first_ = old->next;
  if (!first_) last_ = nullptr;
  --size_;
  shared_.owed.give_back();
  shared_.in_flight -= old->expected;
  old->~slot();
  base::frame_pool::release(old, sizeof(slot));
}

reply_queue::slot& reply_queue::push_request(reply_form&& form, model::request&& asked) {
  shared_.in_flight += expected_size_;
  return push(std::move(form), std::move(asked), expected_size_);
}

void reply_queue::start(slot& one) {
  one.answering.start([](void* self) { static_cast<slot*>(self)->queue->owner_.on_reply(); }, &one);
}

void reply_queue::push_line(base::slice line) { push({render_said, std::move(line)}, {}, 0); }

void reply_queue::push_late(std::unique_ptr<late_reply> late) {
  push({render_said}, {}, 0).late = std::move(late);
}

void reply_queue::render_ready(base::output_buffer& output) {
  while (first_ && ready(*first_)) {
    slot& first = *first_;
    midway_ = first.form.more_follows;
    std::size_t const before = output.size();
    if (first.answering) {
      model::response response = first.answering.take();
      owner_.on_answer(first.request, response, first.form.origin);
      first.form.render(first.request, response, first.form, output);
    } else if (first.late) {
      first.late->render(output);
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
  while (first_ && ready(*first_)) pop();
}

}  // namespace tandem::frontend
