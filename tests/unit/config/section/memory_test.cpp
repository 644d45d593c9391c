#include "unit/config/loading.hpp"

namespace tandem::config {

TEST_CASE("a memory backend without a size takes the default") {
  configuration const read = good("backends: {m: {memory: {}}}\nroutes: [{to: m}]\n");
  CHECK(std::get<backend::memory::memory_options>(read.backends[0].kind).size ==
        backend::memory::memory_options{}.size);
}

TEST_CASE("mistakes in a memory backend are reported") {
  std::string const rest = "\nroutes: [{to: m}]\n";
  check_each({
      {"backends: {m: {memory: {size: 1KiB}}}" + rest,
       {"t.yaml:1:31: backends.m.memory.size: 1KiB is out of range; write 64KiB to 16TiB"}},
      {"backends: {m: {memory: {size: all}}}" + rest,
       {"t.yaml:1:31: backends.m.memory.size: \"all\" is not a size; write bytes, or a whole number with "
        "KiB, MiB or "
        "GiB"}},
      {"backends: {m: {memory: {sise: 1MiB}}}" + rest,
       {"t.yaml:1:25: backends.m.memory: unknown key \"sise\", did you mean \"size\"?"}},
      {"backends: {m: {memory: 64MiB}}" + rest,
       {"t.yaml:1:24: backends.m.memory: is a single value; write NAME: VALUE lines"}},
  });
}

}  // namespace tandem::config
