#include "server/memory_trimmer.hpp"

#include "support/catch.hpp"

namespace tandem::server {

TEST_CASE("memory that has been free for a while is given back, and what cannot be is not tried again") {
  constexpr double mib = 1024 * 1024;
  double resident = 10 * mib;
  double held = 0;
  int trims = 0;
  memory_trimmer trimmer({[&] { return resident; }, [&] { return held; }, [&] { ++trims; }});
  auto const looks = [&](double resident_mib, double held_mib, int times) {
    resident = resident_mib * mib;
    held = held_mib * mib;
    for (int i = 0; i < times; ++i) trimmer.look();
    return trims;
  };
  CHECK(looks(250, 240, 10) == 0);
  CHECK(looks(250, 0, 2) == 0);
  CHECK(looks(250, 230, 1) == 0);  // it is used again
  CHECK(looks(250, 0, 2) == 0);
  CHECK(looks(250, 0, 1) == 1);
  CHECK(looks(250, 0, 100) == 1);
  CHECK(looks(20, 0, 10) == 1);
  CHECK(looks(30, 0, 10) == 1);  // too little
  CHECK(looks(37, 0, 3) == 2);
  CHECK(looks(1000, 950, 10) == 2);  // much, and little of all
  CHECK(looks(1000, 800, 3) == 3);
  CHECK(trimmer.trims() == 3);
}

TEST_CASE("while memory is short, less is given back, and at once") {
  constexpr double mib = 1024 * 1024;
  double resident = 250 * mib;
  int trims = 0;
  memory_trimmer trimmer({[&] { return resident; }, [&] { return 240 * mib; }, [&] { ++trims; }});
  trimmer.look(true);
  resident = 253 * mib;
  trimmer.look(true);
  CHECK(trims == 0);
  resident = 255 * mib;
  trimmer.look(false);
  CHECK(trims == 0);
  trimmer.look(true);
  CHECK(trims == 1);
  trimmer.look(true);
  CHECK(trims == 1);
}

TEST_CASE("what a process has in main memory is told") { CHECK(resident_bytes() > 1024 * 1024); }

}  // namespace tandem::server
