#include "server/command_line.hpp"

int main(int count, char** arguments) {
  return tandem::server::run_command_line(count, arguments, TANDEM_VERSION);
}
