#include "frontend/statistics_reply.hpp"

#include "protocol/memcached/binary/reply_encoder.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"
#include "protocol/memcached/words.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tandem::frontend {
namespace {

namespace binary = protocol::binary;
namespace text = protocol::text;

enum class spoken_in : std::uint8_t { both, text };

struct named_group {
  std::string_view name;
  stats::group group;
  spoken_in where = spoken_in::both;
};

constexpr named_group groups[] = {
    {"", stats::group::general},
    {"settings", stats::group::settings},
    {"items", stats::group::items},
    {"slabs", stats::group::slabs},
    {"sizes", stats::group::sizes},
    {"backends", stats::group::backends},
    {"conns", stats::group::connections, spoken_in::text},
    {"extstore", stats::group::items,
     spoken_in::text},  // memcached has no rows either without external storage
};

/// With servers' addresses or without.
stats::group told(stats::group asked, net::server_details details) {
  bool const withheld = details == net::server_details::names && asked == stats::group::backends;
  return withheld ? stats::group::named_backends : asked;
}

named_group const* find_group(std::string_view name) {
  auto const found = std::ranges::find(groups, name, &named_group::name);
  return found == std::end(groups) ? nullptr : &*found;
}

class text_reply final : public late_reply {
 public:
  text_reply(stats& from, std::string_view arguments, net::server_details details)
      : from_(from), arguments_(arguments), details_(details) {}

  void render(base::output_buffer& output) override {
    std::string_view rest = arguments_;
    std::string_view const name = protocol::take_word(rest);
    if (name == "reset") return reset(output);
    if (name == "detail") return detail(protocol::take_word(rest), output);
    if (name == "cachedump") return text::encode_line(cachedump(rest), output);
    named_group const* const asked = find_group(name);
    if (!asked) return text::encode_line("ERROR", output);
    std::shared_ptr<stat_rows const> const rows = from_.rows(told(asked->group, details_));
    for (stat_row const& row : *rows) {
      output.append("STAT ");
      output.append(row.name);
      output.append(" ");
      text::encode_line(row.value, output);
    }
    text::encode_end(output);
  }

 private:
  void reset(base::output_buffer& output) {
    from_.reset();
    text::encode_line("RESET", output);
  }

  void detail(std::string_view order, base::output_buffer& output) {
    if (order == "dump") return output.append(*from_.detail_dump());
    if (order != "on" && order != "off")
      return text::encode_line("CLIENT_ERROR usage: stats detail on|off|dump", output);
    from_.detail(order == "on");
    text::encode_line("OK", output);
  }

  /// Of a class of memory and a number of items: no item is in any.
  static std::string_view cachedump(std::string_view words) {
    constexpr std::uint64_t classes_max = 64;
    constexpr std::uint64_t largest = 0xffffffff;
    std::string_view const first = protocol::take_word(words);
    std::string_view const second = protocol::take_word(words);
    if (second.empty()) return "CLIENT_ERROR bad command line";
    auto const number = protocol::unsigned_number(first);
    auto const limit = protocol::unsigned_number(second);
    if (!number || !limit || *number > largest || *limit > largest)
      return "CLIENT_ERROR bad command line format";
    return *number < classes_max ? "END" : "CLIENT_ERROR Illegal slab id";
  }

  stats& from_;
  std::string arguments_;
  net::server_details details_;
};

class binary_reply final : public late_reply {
 public:
  binary_reply(stats& from, std::string_view name, net::server_details details, base::slice header)
      : from_(from), name_(name), details_(details), header_(std::move(header)) {}

  void render(base::output_buffer& output) override {
    binary::encode_status(answer(output), header_, output);
  }

 private:
  /// All packets but the last, whose status it is.
  binary::status_code answer(base::output_buffer& output) {
    constexpr std::string_view detail = "detail";
    constexpr std::string_view settings = "settings";
    std::string_view const name = name_;
    if (name.starts_with("reset")) {
      from_.reset();
      return binary::status_code::success;
    }
    if (name.starts_with(detail)) return order(name.substr(detail.size()), output);
    named_group const* const asked = find_group(name.starts_with(settings) ? settings : name);
    if (!asked || asked->where == spoken_in::text) return binary::status_code::not_found;
    std::shared_ptr<stat_rows const> const rows = from_.rows(told(asked->group, details_));
    for (stat_row const& row : *rows) binary::encode_stat(row.name, row.value, header_, output);
    return binary::status_code::success;
  }

  binary::status_code order(std::string_view words, base::output_buffer& output) {
    if (words.starts_with(" dump")) {
      binary::encode_stat("detailed", *from_.detail_dump(), header_, output);
    } else if (words.starts_with(" on")) {
      from_.detail(true);
    } else if (words.starts_with(" off")) {
      from_.detail(false);
    } else {
      return binary::status_code::not_found;
    }
    return binary::status_code::success;
  }

  stats& from_;
  std::string name_;
  net::server_details details_;
  base::slice header_;
};

}  // namespace

std::unique_ptr<late_reply> text_statistics(stats& from, std::string_view arguments,
                                            net::server_details details) {
  return std::make_unique<text_reply>(from, arguments, details);
}

std::unique_ptr<late_reply> binary_statistics(stats& from, std::string_view name, net::server_details details,
                                              base::slice header) {
  return std::make_unique<binary_reply>(from, name, details, std::move(header));
}

}  // namespace tandem::frontend
