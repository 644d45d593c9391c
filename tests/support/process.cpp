#include "support/process.hpp"

#include "support/wait_until.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace tandem::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> made;
  for (std::string& each : strings) made.push_back(each.data());
  made.push_back(nullptr);
  return made;
}

std::vector<std::string> environment_with(std::vector<std::string> const& added) {
  std::vector<std::string> made(added);  // first, since the first of a name counts
  for (char** each = environ; *each != nullptr; ++each) made.emplace_back(*each);
  return made;
}

// Between fork and exec: only what is safe after a fork in a program with threads.
[[noreturn]] void become(char* const* arguments, char* const* environment, int input, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

process::process(std::vector<std::string> arguments, std::vector<std::string> const& environment) {
  start(arguments, environment, ::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// A socket rather than a pipe, since writing to it raises no signal when the other end is closed.
process::process(with_input, std::vector<std::string> arguments,
                 std::vector<std::string> const& environment) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("cannot make a socket pair");
  input_ = ends[0];
  start(arguments, environment, ends[1]);
}

void process::start(std::vector<std::string>& arguments, std::vector<std::string> const& environment,
                    int input) {
  std::vector<std::string> variables = environment_with(environment);
  std::vector<char*> const argument_pointers = pointers(arguments);
  std::vector<char*> const variable_pointers = pointers(variables);
  int const output = ::open(output_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) become(argument_pointers.data(), variable_pointers.data(), input, output);
  ::close(output);
  ::close(input);
  if (pid_ < 0) throw std::runtime_error("cannot start " + arguments[0]);
}

process::~process() {
  if (running()) kill();
  if (input_ >= 0) ::close(input_);
}

void process::say(std::string_view bytes) const {
  while (!bytes.empty()) {
    ssize_t const sent = ::send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool process::reap(int options) {
  if (status_) return true;
  int raw = 0;
  if (::waitpid(pid_, &raw, options) != pid_) return false;
  status_ = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
  return true;
}

bool process::running() { return !reap(WNOHANG); }

std::optional<int> process::wait(std::chrono::milliseconds timeout) {
  bool const over = wait_until([this] { return reap(WNOHANG); }, timeout);
  return over ? status_ : std::nullopt;
}

void process::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

int process::stop(std::chrono::milliseconds timeout) {
  // In this order: a SIGCONT that comes while LeakSanitizer attaches to the threads of what exits takes its SIGSTOP away,
  // for which it waits without end.
  signal(SIGCONT);
  signal(SIGTERM);
  if (!wait(timeout)) kill();
  return *status_;
}

void process::kill() {
  signal(SIGKILL);
  reap(0);
}

void process::suspend() {
  signal(SIGSTOP);
  int raw = 0;
  ::waitpid(pid_, &raw, WUNTRACED);
}

void process::resume() const { signal(SIGCONT); }

finished run(std::vector<std::string> arguments, std::vector<std::string> const& environment,
             std::chrono::milliseconds timeout) {
  std::string const name = arguments.front();
  process program(std::move(arguments), environment);
  std::optional<int> const status = program.wait(timeout);
  if (!status) throw std::runtime_error(name + " did not end; it wrote: " + program.output());
  return {*status, program.output()};
}

}  // namespace tandem::test
