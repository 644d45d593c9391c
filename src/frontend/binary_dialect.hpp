// The binary protocol.
#pragma once

#include "frontend/dialect.hpp"
#include "frontend/service.hpp"
#include "net/options.hpp"
#include "protocol/memcached/binary/request_parser.hpp"

namespace tandem::frontend {

class binary_dialect final : public dialect {
 public:
  binary_dialect(service const& shared, net::server_details told);

  bool next(base::input_buffer& input, command_sink& to) override;
  void refuse_for_memory(base::input_buffer const& input, command_sink& to) const override;
  bool midway() const override { return parser_.midway(); }

 private:
  void tell(protocol::binary::event event, command_sink& to);
  void answer_locally(command_sink& to) const;
  base::slice status_packet() const;

  stats& statistics_;
  client_metrics& metrics_;
  net::server_details const details_;
  protocol::binary::request_parser parser_;
};

}  // namespace tandem::frontend
