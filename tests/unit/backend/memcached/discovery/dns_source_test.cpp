#include "backend/memcached/discovery/dns_source.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::backend::memcached {
namespace {

std::vector<std::string> named(std::vector<std::string> const& addresses) {
  std::vector<boost::asio::ip::address> found;
  for (std::string const& each : addresses) found.push_back(boost::asio::ip::make_address(each));
  std::vector<std::string> names;
  for (server_options const& each : servers_at(found, 11211)) names.push_back(each.endpoint.str());
  return names;
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("the addresses of a name are its servers, in one order whatever the name server's") {
  CHECK(named({"10.0.0.10", "10.0.0.9", "10.0.0.10"}) == names{"10.0.0.9:11211", "10.0.0.10:11211"});
  CHECK(named({"2001:db8::2", "10.0.0.9", "2001:db8::1"}) == names{"10.0.0.9:11211"});
  CHECK(named({"2001:db8::2", "2001:db8::1"}) == names{"[2001:db8::1]:11211", "[2001:db8::2]:11211"});
  CHECK(named({}).empty());
}

}  // namespace tandem::backend::memcached
