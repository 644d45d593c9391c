#include "backend/memcached/server.hpp"

#include "backend/refusal.hpp"
#include "protocol/memcached/meta/request_encoder.hpp"

#include <functional>

namespace tandem::backend::memcached {

namespace meta = protocol::meta;

namespace {

/// memcached's own bound of an item (its -I option goes up to 1 GiB; what clients may store bounds what comes
/// back).
constexpr std::size_t item_max = 1024 * 1024 * 1024;

/// One attempt more than the first.
constexpr int attempts_max = 2;

/// Whether a request that failed this way may be sent again: it was never written, or the connection was lost
/// (an idle one that the server had closed, most often) and doing it twice does no harm.
bool may_repeat(model::request const& asked, net::exchange_failure const& failed) {
  if (failed.reason.kind != base::error_kind::connection_lost) return false;
  return !failed.sent || model::repeatable(asked);
}

/// What a memcached learned by 1.6.27, and older ones refuse (request_encoder.cpp sees to that).
char newer_flag(model::request const& asked) {
  using model::verb;
  bool const extends = asked.command == verb::append || asked.command == verb::prepend;
  if (extends && asked.vivify) return 'N';
  if (extends && includes(asked.wanted, model::want::size)) return 's';
  if (includes(asked.options, model::option::hollow)) return 'x';
  return asked.new_cas ? 'E' : '\0';
}

/// The words depend on the command.
bool refused_as_unknown(model::response const& said) {
  std::string_view const words = said.message.view();
  return said.status == model::status::client_error &&
         (words == "invalid flag" || words == "invalid or duplicate flag");
}

constexpr std::string_view backend_word = "backend ";  // a label begins with it

}  // namespace

server::server(net::reactor& reactor, net::pipeline_options const& options)
    : label_(options.watched.name.str()) {
  for (std::size_t count = 0; count < options.upstream.connections; ++count) {
    lines_.push_back(std::make_unique<line>(reactor, options));
  }
}

server::line::line(net::reactor& reactor, net::pipeline_options const& options)
    : through(
          reactor, options, [] { return codec(item_max); },
          [this](link& made) { return greet(made, release); }) {}

server::line& server::line_for(std::string_view key) const {
  if (lines_.size() == 1) return *lines_.front();
  return *lines_[std::hash<std::string_view>()(key) % lines_.size()];
}

base::task<model::response> server::ask(model::request const& asked, model::request_context& context,
                                        terms on) {
  link& through = line_for(asked.key.view()).through;
  base::time_point const started = context.clock.now();
  for (int attempt = 1;; ++attempt) {
    if (asked.generation != 0 && asked.generation != through.generation()) {
      co_return counted(asked, model::response::of(model::status::not_stored), on, base::duration());
    }
    auto sent = through.send(started + on.timeout, meta::replies_to(asked),
                             [&asked](base::output_buffer& output) { meta::encode(asked, output); });
    co_await sent.answered();
    if (sent.failure() && attempt < attempts_max && may_repeat(asked, *sent.failure())) continue;
    co_return counted(asked, read(asked, through, sent), on, context.clock.now() - started);
  }
}

model::response server::counted(model::request const& asked, model::response&& response, terms const& on,
                                base::duration took) {
  if (on.counted) on.counted->record(asked, response, took);
  return std::move(response);
}

model::response server::read(model::request const& asked, link& through, net::exchange<codec>& sent) const {
  if (sent.failure()) return failure(sent.failure()->reason);
  auto response = meta::to_response(asked, sent.received());
  if (response && response->status == model::status::server_error)
    return failure({base::error_kind::refused, response->message.str()});
  if (response && refused_as_unknown(*response)) return refusal(asked, std::move(*response));
  if (response) {
    response->generation = through.generation();
    return std::move(*response);
  }
  through.give_up("an answer that makes no sense for " + std::string(model::traits(asked.command).name));
  return failure({base::error_kind::bad_reply, "the server broke its protocol"});
}

model::response server::refusal(model::request const& asked, model::response&& said) const {
  char const flag = newer_flag(asked);
  if (flag == '\0') return std::move(said);
  return flag_refusal(flag, label_.substr(backend_word.size()) + ", a memcached before 1.6.27");
}

model::response server::failure(base::error const& reason) const {
  return model::response::server_error(reason.kind, label_ + ": " + reason.message);
}

}  // namespace tandem::backend::memcached
