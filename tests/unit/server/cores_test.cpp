#include "server/cores.hpp"

#include "support/catch.hpp"

namespace tandem::server {

TEST_CASE("a quota of cgroup v2 is rounded up to whole cores") {
  CHECK(cores_of_cpu_max("200000 100000\n") == 2);
  CHECK(cores_of_cpu_max("150000 100000\n") == 2);
  CHECK(cores_of_cpu_max("50000 100000\n") == 1);
}

TEST_CASE("no quota of cgroup v2 grants no number of cores") {
  CHECK_FALSE(cores_of_cpu_max("max 100000\n"));
  CHECK_FALSE(cores_of_cpu_max(""));
  CHECK_FALSE(cores_of_cpu_max("200000"));
  CHECK_FALSE(cores_of_cpu_max("200000 0"));
}

TEST_CASE("a quota of cgroup v1 is read from its two files") {
  CHECK(cores_of_cfs_quota("400000\n", "100000\n") == 4);
  CHECK_FALSE(cores_of_cfs_quota("-1\n", "100000\n"));
  CHECK_FALSE(cores_of_cfs_quota("", ""));
}

TEST_CASE("there is always a core to use") { CHECK(usable_cores() >= 1); }

}  // namespace tandem::server
