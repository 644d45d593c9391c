// Reads what a configuration endpoint of Amazon ElastiCache answers when it is asked which servers its cluster has ("Adding
// Auto Discovery To Your Client Library" in its guide), or another Tandem that announces itself in the same words:
//
//   config get cluster              -> CONFIG cluster 0 LENGTH
//   get AmazonElastiCache:cluster   -> VALUE AmazonElastiCache:cluster 0 LENGTH
//
// then VERSION, a line feed, HOST|ADDRESS|PORT for each server with a blank between them, a line feed, and END. Does no I/O;
// whoever asked calls next() after each read until it is complete. One parser for each connection.
#pragma once

#include "base/input_buffer.hpp"
#include "base/parse_status.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::protocol::text {

/// What asks for it; the second is for servers before 1.4.14, which answer ERROR to the first.
inline constexpr std::string_view cluster_question = "config get cluster\r\n";
inline constexpr std::string_view old_cluster_question = "get AmazonElastiCache:cluster\r\n";

struct cluster_server {
  std::string host;     // a name, as a rule
  std::string address;  // what it stands for; empty: not told
  std::uint16_t port = 0;

  friend bool operator==(cluster_server const&, cluster_server const&) = default;
};

struct cluster_reply {
  enum class kind : std::uint8_t {
    servers,  // the version, and all of them
    nothing,  // END alone: there is no such key
    refused,  // ERROR, CLIENT_ERROR or SERVER_ERROR: the words
  };

  cluster_reply::kind what = kind::nothing;
  std::uint64_t version = 0;
  std::vector<cluster_server> servers = {};  // at least one; none of them twice
  std::string words = {};
};

class cluster_reply_parser {
 public:
  static constexpr std::size_t line_max = 2048;     // its end not counted
  static constexpr std::size_t list_max = 262'144;  // bytes that LENGTH may tell
  static constexpr std::size_t servers_max = 1024;

  /// After garbage, no later byte can be trusted.
  base::parse_status next(base::input_buffer& input);

  /// The reply that next() has found.
  cluster_reply&& take() { return std::move(reply_); }

 private:
  base::parse_status read_line(base::input_buffer& input);
  base::parse_status read_list(base::input_buffer& input);

  std::optional<std::size_t> length_;  // of the list to come
  cluster_reply reply_;
};

}  // namespace tandem::protocol::text
