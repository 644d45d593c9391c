// Notes what a dialect asks of its session, a line for each, with requests answered as a test's root would.
#pragma once

#include "frontend/dialect.hpp"
#include "frontend/ending.hpp"
#include "unit/frontend/serving.hpp"
#include "unit/protocol/memcached/splits.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

class noted_sink final : public frontend::command_sink {
 public:
  explicit noted_sink(fake_root& root) : root_(root) {}

  void forget() {
    notes.clear();
    origins.clear();
    more_follows.clear();
  }

  std::vector<std::string> notes;
  std::vector<frontend::command_origin> origins;  // of what was served
  std::vector<bool> more_follows;

 private:
  void serve(frontend::reply_form form, model::request&& asked) override {
    base::output_buffer reply;
    form.render(asked, root_.answer(asked.key.str()), form, reply);
    notes.push_back("serve " + in_words(asked) + ": " + reply.str());
    origins.push_back(form.origin);
    more_follows.push_back(form.more_follows);
  }
  void answer(base::slice line) override { notes.push_back("answer " + line.str()); }
  void answer_late(std::unique_ptr<frontend::late_reply> reply) override {
    base::output_buffer output;
    reply->render(output);
    notes.push_back("answer late " + output.str());
  }
  void refuse(base::slice line) override { notes.push_back("refuse " + line.str()); }
  void hang_up(frontend::ending why) override {
    notes.push_back("hang up, " + std::string(frontend::ending_names[static_cast<std::size_t>(why)]));
  }

  fake_root& root_;
};

/// What a dialect makes of `said`, whole or a byte at a time.
enum class arriving : std::uint8_t { at_once, by_bytes };

inline void hear(frontend::dialect& by, std::string_view said, arriving how, noted_sink& to) {
  base::input_buffer input;
  std::size_t const each = how == arriving::at_once ? said.size() : 1;
  for (; !said.empty(); said.remove_prefix(std::min(each, said.size()))) {
    receive(input, said.substr(0, each));
    while (by.next(input, to)) {
      if (to.notes.back().starts_with("hang up")) return;
    }
  }
}

}  // namespace tandem::test
