#include "frontend/dialect.hpp"

#include "frontend/text_dialect.hpp"

namespace tandem::frontend {

std::unique_ptr<dialect> make_dialect(char, service const& shared) {
  return std::make_unique<text_dialect>(shared);
}

}  // namespace tandem::frontend
