// Which servers a configuration endpoint of ElastiCache tells.
#include "fuzz/harness.hpp"
#include "protocol/memcached/text/cluster_reply_parser.hpp"

#include <fmt/core.h>

namespace {

namespace fuzz = tandem::fuzz;
namespace text = tandem::protocol::text;
using tandem::base::parse_status;

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
    text::cluster_reply const received = parser_.take();
    bool const tells = received.what == text::cluster_reply::kind::servers;
    if (tells == received.servers.empty()) fuzz::fail("servers that are none");
    std::string told =
        fmt::format("{} {} {}", static_cast<unsigned>(received.what), received.version, received.words);
    for (text::cluster_server const& each : received.servers) {
      if (each.host.empty() || each.port == 0) fuzz::fail("a server that is nowhere");
      told += fmt::format("\n  {} {} {}", each.host, each.address, each.port);
    }
    return told;
  }

  text::cluster_reply_parser parser_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::check_every_way<reply_reader>(data, size);
  return 0;
}
