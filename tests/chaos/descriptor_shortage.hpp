// A daemon that may open nothing more, while clients wait to be let in, who take whatever it closes. Ends with this.
#pragma once

#include "support/tandem_program.hpp"
#include "support/text_client.hpp"

#include <sys/resource.h>

#include <list>

namespace tandem::chaos {

class descriptor_shortage {
 public:
  explicit descriptor_shortage(test::tandem_program const& daemon);
  ~descriptor_shortage();
  descriptor_shortage(descriptor_shortage const&) = delete;
  descriptor_shortage& operator=(descriptor_shortage const&) = delete;

 private:
  pid_t daemon_;
  rlimit before_{};
  std::list<test::text_client> newcomers_;
};

}  // namespace tandem::chaos
