#include "frontend/dialect.hpp"

#include "frontend/binary_dialect.hpp"
#include "frontend/entrance.hpp"
#include "frontend/text_dialect.hpp"
#include "protocol/memcached/binary/packet.hpp"

namespace tandem::frontend {

std::unique_ptr<dialect> make_dialect(char first, service const& shared, entrance const& by) {
  bool const binary = static_cast<unsigned char>(first) == protocol::binary::request_magic;
  if (binary) return std::make_unique<binary_dialect>(shared, by.details());
  return std::make_unique<text_dialect>(shared, by);
}

}  // namespace tandem::frontend
