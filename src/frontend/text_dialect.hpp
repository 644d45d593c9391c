// The text protocols, classic and meta, which one connection may mix.
#pragma once

#include "frontend/dialect.hpp"
#include "frontend/entrance.hpp"
#include "frontend/service.hpp"
#include "protocol/memcached/text/request_parser.hpp"

namespace tandem::frontend {

class text_dialect final : public dialect {
 public:
  text_dialect(service const& shared, entrance const& by);

  bool next(base::input_buffer& input, command_sink& to) override;
  void refuse_for_memory(base::input_buffer const& input, command_sink& to) const override;
  bool midway() const override { return parser_.midway(); }

 private:
  void tell(protocol::text::event event, command_sink& to);
  void serve(reply_form form, command_sink& to);
  void answer_locally(command_sink& to) const;
  bool asks_for_cluster();
  void answer_cluster(std::string_view words, command_sink& to) const;
  void count_refusal() const;
  void refuse(command_sink& to) const;
  base::slice error_line() const;

  stats& statistics_;
  client_metrics& metrics_;
  entrance const& entrance_;
  protocol::text::request_parser parser_;
};

}  // namespace tandem::frontend
