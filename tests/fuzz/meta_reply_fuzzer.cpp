// What a memcached server answers, and what that means for every kind of request.
#include "fuzz/describe.hpp"
#include "protocol/memcached/meta/reply_parser.hpp"

namespace {

namespace fuzz = tandem::fuzz;
namespace meta = tandem::protocol::meta;
namespace model = tandem::model;
using tandem::base::parse_status;

std::string describe(model::response const& answer) {
  return fmt::format("\n  {} flags {} cas {} number {} ttl {} '{}' {}", static_cast<unsigned>(answer.status),
                     answer.flags, answer.cas, answer.number, answer.ttl, answer.value.view(),
                     answer.message.view());
}

class reply_reader {
 public:
  bool read(tandem::base::input_buffer& input, fuzz::transcript& events) {
    for (;;) {
      parse_status const found = parser_.next(input);
      if (found == parse_status::need_more) return true;
      if (found == parse_status::garbage) {
        events.push_back("garbage");
        return false;
      }
      events.push_back(take());
    }
  }

 private:
  std::string take() {
    meta::reply const received = parser_.take();
    std::string told = std::to_string(static_cast<unsigned>(received.code));
    told += received.won ? " won" : "";
    told += received.stale ? " stale" : "";
    told += received.claimed ? " claimed" : "";
    model::request asked;
    for (std::size_t verb = 0; verb < model::verb_count; ++verb) {
      asked.command = static_cast<model::verb>(verb);
      asked.compare_cas.reset();
      told += interpret(asked, received);
      asked.compare_cas = 1;
      told += interpret(asked, received);
    }
    return told;
  }

  static std::string interpret(model::request const& asked, meta::reply received) {
    auto const answer = meta::to_response(asked, {&received, 1});
    return answer ? describe(*answer) : "\n  no answer";
  }

  meta::reply_parser parser_{8 << 20, 64 << 10};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::check_every_way<reply_reader>(data, size);
  return 0;
}
