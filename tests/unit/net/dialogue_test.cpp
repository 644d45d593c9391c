// A pipeline's conversations with a server of lines, failing at every step.
#include "unit/net/dialogue.hpp"

#include "unit/net/line_pipeline.hpp"

namespace tandem::test {
namespace {

struct spoken_lines {
  using codec = line_codec;

  static codec make_codec() { return {}; }
  static std::string greeting() { return "hello\n"; }
  static std::vector<std::string> welcome() { return {"wel", "come\n"}; }
  static std::string request(std::string const& name) { return "get " + name + "\n"; }
  static std::string reply(std::string const& name) { return name + "\n"; }
  static std::string garbage() { return "?"; }
  static std::string read(std::string const& reply) { return reply; }

  static base::task<std::optional<net::trouble>> greet(line_pipeline& through) {
    auto const answered =
        co_await through.send_greeting({through.reactor().now() + std::chrono::milliseconds(500)},
                                       [](base::output_buffer& output) { output.append(greeting()); });
    if (answered && answered->front() == "welcome") co_return std::nullopt;
    co_return net::trouble{net::trouble_kind::sign_in, "not welcome"};
  }
};

}  // namespace

TEST_CASE("every dialogue of lines ends well for everybody, at whichever step the server fails") {
  play_dialogues<spoken_lines>();
}

}  // namespace tandem::test
