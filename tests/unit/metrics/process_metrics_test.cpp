#include "metrics/process_metrics.hpp"

#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace tandem::metrics {
namespace {

std::string stat_line(std::string const& name) {
  return "4711 " + name +
         " S 1 4711 4711 0 -1 4194560 2000 0 3 0 250 50 0 0 20 0 3 0 98765 104857600 2560 "
         "18446744073709551615 1 1 0\n";
}

double value_of(family const& described) {
  auto const all = process_samples();
  auto const found =
      std::ranges::find_if(all, [&](sample const& one) { return one.described->name == described.name; });
  REQUIRE(found != all.end());
  return found->value;
}

TEST_CASE("the numbers of /proc/self/stat are found after any program name") {
  for (std::string const name : {"(tandem)", "(a b)", "(a) S 9 (b)", "())"}) {
    auto const read = parse_process_stat(stat_line(name));
    REQUIRE(read);
    CHECK(read->cpu_ticks == 300);
    CHECK(read->start_ticks == 98765);
    CHECK(read->virtual_bytes == 104857600);
    CHECK(read->resident_pages == 2560);
  }
}

TEST_CASE("a line of /proc/self/stat that is cut short gives no numbers") {
  std::string const whole = stat_line("(tandem)");
  auto const needed = whole.find(" 2560 ");
  for (std::size_t length = 0; length <= needed; ++length)
    CHECK_FALSE(parse_process_stat(whole.substr(0, length)));
}

TEST_CASE("the boot time is the btime line of /proc/stat") {
  CHECK(parse_boot_time("cpu  1 2 3\nintr 5 6\nbtime 1700000000\nprocesses 9\n") == 1'700'000'000);
  CHECK_FALSE(parse_boot_time("cpu  1 2 3\nprocesses 9\n"));
  CHECK_FALSE(parse_boot_time("cpu\nbtime soon\n"));
}

TEST_CASE("an opened descriptor shows in the number of open ones") {
  double const before = value_of(process_open_fds);
  int const opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(opened >= 0);
  CHECK(value_of(process_open_fds) == before + 1);
  ::close(opened);
  CHECK(value_of(process_open_fds) == before);
  CHECK(value_of(process_max_fds) >= before);
}

TEST_CASE("memory and start time of this process are plausible") {
  double const resident = value_of(process_resident_memory_bytes);
  CHECK(resident > 100'000);
  CHECK(value_of(process_virtual_memory_bytes) >= resident);

  auto const now = std::chrono::system_clock::now().time_since_epoch();
  double const started = value_of(process_start_time_seconds);
  CHECK(started <= std::chrono::duration<double>(now).count() + 2);
  CHECK(started > std::chrono::duration<double>(now).count() - 3600);
}

TEST_CASE("processor time grows with work") {
  double const before = value_of(process_cpu_seconds_total);
  // Ends as soon as the kernel has counted a tick of it.
  while (value_of(process_cpu_seconds_total) == before) continue;
  CHECK(value_of(process_cpu_seconds_total) > before);
}

}  // namespace
}  // namespace tandem::metrics
